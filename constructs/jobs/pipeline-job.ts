import { Job, type JobTask, type JobTaskDependsOn } from "@cdktf/provider-databricks/lib/job";
import { Construct } from "constructs";
import { layoutOf } from "../../spec";
import type { ComputeBinding } from "../compute/compute";
import { check } from "../internal/check";
import { literalTexts } from "../internal/literal";
import { claim } from "../internal/ownership";
import { IS_RUN, shardedGraph, type TaskSpec } from "./graph";
import { mainJob, retryPolicy, shardJob } from "./job-config";
import { JOB_RULES } from "./job-rules";
import { oneTask } from "./one-task";
import type { PipelineJobProps } from "./props";
import { runShard } from "./shards";

/**
 * The job of a pipeline, in one of its two layouts; with shards, the main job and those that it starts.
 *
 * @example
 * new PipelineJob(this, "Job", {
 *   name: "shop",
 *   document,
 *   code: pipeline.code,
 *   compute: new Serverless(),
 *   parameters: { catalog: "sales" },
 *   landingUrl: "/Volumes/sales/bronze/landing",
 *   trigger: { periodic: { interval: 1, unit: "HOURS" } },
 * });
 */
export class PipelineJob extends Construct {
  readonly resource: Job;
  /** Jobs with the bronze and silver tasks of some topics each; empty without shards. */
  readonly shards: readonly Job[];

  constructor(scope: Construct, id: string, props: PipelineJobProps) {
    super(scope, id);
    check(this, props, JOB_RULES);
    literalTexts(this);
    claim(this, "job", props.name);
    const compute = props.compute.bind(props.code.wheelPath);
    if (layoutOf(props.layout, props.compute.kind) === "one_task") {
      this.shards = [];
      const task = { ...oneTask(props), ...compute.task, ...retryPolicy(props) };
      this.resource = new Job(this, "Resource", mainJob(props, [task], compute));
      return;
    }
    const graph = shardedGraph({ ...props.document, topicsPerTask: props.topicsPerTask ?? 1, shards: props.shards });
    this.shards = graph.shards.map((specs, at) => {
      const tasks = specs.map((spec) => toTask(spec, props, compute));
      return new Job(this, `Shard-${at + 1}`, shardJob(props, tasks, compute, at + 1));
    });
    const tasks = graph.main.map((spec) => toTask(spec, props, compute, this.shards));
    this.resource = new Job(this, "Resource", mainJob(props, tasks, compute));
  }
}

function toTask(
  spec: TaskSpec,
  props: PipelineJobProps,
  compute: ComputeBinding,
  shards: readonly Job[] = [],
): JobTask {
  const { runs, key: taskKey, parameters: baseParameters } = spec;
  const dependsOn = edgesOf(spec);
  if (typeof runs === "object") return { taskKey, dependsOn, conditionTask: { ...runs, op: "EQUAL_TO" } };
  // The tasks of the shard are tried again, not the shard.
  if (typeof runs === "number")
    return { taskKey, dependsOn, ...runShard(shards[runs], props.parameters), maxRetries: 0 };
  return {
    taskKey,
    dependsOn,
    runIf: spec.always ? "ALL_DONE" : undefined,
    notebookTask: { notebookPath: props.code.notebooks[runs].path, source: "WORKSPACE", baseParameters },
    ...compute.task,
    // finish fails to say that another task failed: trying it again would say the same.
    ...(spec.always ? { maxRetries: 0 } : retryPolicy(props)),
  };
}

/** Keys of the tasks that must end before this one. */
function edgesOf({ dependsOn, when }: TaskSpec): JobTaskDependsOn[] {
  const edges: JobTaskDependsOn[] = dependsOn.map((taskKey) => ({ taskKey }));
  if (when !== undefined) edges.push({ taskKey: IS_RUN, outcome: when });
  return edges.sort((a, b) => (a.taskKey < b.taskKey ? -1 : 1));
}
