import { Job, type JobTask } from "@cdktf/provider-databricks/lib/job";
import { Construct } from "constructs";
import { check, type Rule } from "../internal/check";
import { literalTexts } from "../internal/literal";
import { RUN_ID } from "../jobs/graph";
import { mainJob, retryPolicy } from "../jobs/job-config";
import type { PipelineJobProps } from "../jobs/props";
import type { DeclarativePipeline } from "./declarative-pipeline";

/** Properties of a `DeclarativeJob`. */
export interface DeclarativeJobProps
  extends Omit<PipelineJobProps, "layout" | "taskType" | "topicsPerTask" | "shards" | "loop" | "concurrentTasks"> {
  readonly pipeline: DeclarativePipeline;
}

const RULES: readonly Rule<DeclarativeJobProps>[] = [
  [(p) => p.name.trim() === "", () => "a job needs a name"],
  [
    (p) => p.trigger !== undefined && "continuous" in p.trigger,
    () => "the pipeline is started after new schemas are registered, so its job cannot be continuous",
  ],
];

/**
 * The job around a declarative pipeline: infer, then an update of the pipeline (a full refresh where a column got
 * another type), then finish.
 *
 * @example
 * const { declarative } = pipeline; // of an environment with engine: "declarative"
 * if (declarative === undefined) throw new Error("There is no declarative pipeline.");
 * new DeclarativeJob(this, "Job", {
 *   name: "shop",
 *   document,
 *   code: pipeline.code,
 *   compute: new Serverless(),
 *   parameters: { catalog: "sales" },
 *   landingUrl: "/Volumes/sales/bronze/landing",
 *   pipeline: declarative,
 * });
 */
export class DeclarativeJob extends Construct {
  readonly resource: Job;
  readonly shards: readonly Job[] = [];

  constructor(scope: Construct, id: string, props: DeclarativeJobProps) {
    super(scope, id);
    check(this, props, RULES);
    literalTexts(this);
    const compute = props.compute.bind(props.code.wheelPath);
    this.resource = new Job(this, "Resource", mainJob(props, tasksOf(props, compute.task), compute));
  }
}

function tasksOf(props: DeclarativeJobProps, compute: Partial<JobTask>): JobTask[] {
  const { code, pipeline } = props;
  const notebook = (name: "infer" | "finish", parameters: Readonly<Record<string, string>> = {}): Partial<JobTask> => ({
    notebookTask: {
      notebookPath: code.declarative[name].path,
      source: "WORKSPACE",
      baseParameters: { run_id: RUN_ID, ...parameters },
    },
    ...compute,
  });
  const update = (taskKey: "update" | "full_refresh", outcome: "true" | "false"): JobTask => ({
    taskKey,
    dependsOn: [{ taskKey: "retyped", outcome }],
    pipelineTask: { pipelineId: pipeline.resource.id, fullRefresh: taskKey === "full_refresh" },
    ...retryPolicy(props),
  });
  return [
    { taskKey: "infer", ...notebook("infer"), ...retryPolicy(props) },
    {
      taskKey: "retyped",
      dependsOn: [{ taskKey: "infer" }],
      conditionTask: { left: "{{tasks.infer.values.full_refresh}}", op: "EQUAL_TO", right: "true" },
    },
    update("update", "false"),
    update("full_refresh", "true"),
    {
      taskKey: "finish",
      dependsOn: [{ taskKey: "full_refresh" }, { taskKey: "update" }],
      runIf: "ALL_DONE",
      ...notebook("finish", {
        update: "{{tasks.update.result_state}}",
        full_refresh: "{{tasks.full_refresh.result_state}}",
      }),
      maxRetries: 0,
    },
  ].sort((a, b) => (a.taskKey < b.taskKey ? -1 : 1));
}
