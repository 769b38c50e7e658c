import { Job, type JobConfig, type JobTask } from "@cdktf/provider-databricks/lib/job";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { PipelineDocument, TriggerConfig } from "../../spec";
import type { PipelineCode } from "../code/pipeline-code";
import type { ComputeBinding, ICompute } from "../compute/compute";
import { check } from "../internal/check";
import { stagedGraph, type TaskSpec } from "./graph";
import { JOB_RULES } from "./job-rules";
import { notificationBlocks } from "./notifications";
import { oneTask } from "./one-task";
import { triggerBlock } from "./trigger";

export interface PipelineJobProps {
  readonly name: string;
  readonly document: PipelineDocument;
  readonly code: PipelineCode;
  readonly compute: ICompute;
  /** Parameters of the job by name, with their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Path of the landing volume, watched by a file arrival trigger. */
  readonly landingUrl: string;
  /** staged: a task per topic and stage. one_task: all in one process. @default - staged on clusters, one_task on serverless */
  readonly layout?: "staged" | "one_task";
  /** one_task only. @default notebook */
  readonly taskType?: "notebook" | "python";
  /** staged only: topics that share a task. @default 1 */
  readonly topicsPerTask?: number;
  /** one_task only: the run goes on for ever, a tick every so many seconds. @default - a run ends when it has read what is there */
  readonly loop?: { readonly intervalSeconds: number };
  /** @default - started by hand */
  readonly trigger?: TriggerConfig;
  /** @default false */
  readonly paused?: boolean;
  /** A failed task is tried again so often. @default 1 */
  readonly retries?: number;
  /** A run that takes longer is stopped; one that loops or is continuous is not. @default 120 */
  readonly timeoutMinutes?: number;
  /** A run that starts while one is going waits. @default true */
  readonly queue?: boolean;
  /** Application id of the service principal that it runs as. @default - who deploys it */
  readonly runAs?: string;
  /** The job can be edited in code only. @default false */
  readonly lockUi?: boolean;
  /** @default - nobody is told */
  readonly notifications?: { readonly onFailure: readonly string[]; readonly webhooks: readonly string[] };
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Tasks that the workspace runs at the same time at most, where that is few (5 on Free Edition). @default - the platform's */
  readonly concurrentTasks?: number;
  /** What must be there before the job: grants above all. */
  readonly after?: readonly ITerraformDependable[];
}

/** The job of a pipeline, in one of its two layouts. */
export class PipelineJob extends Construct {
  readonly resource: Job;

  constructor(scope: Construct, id: string, props: PipelineJobProps) {
    super(scope, id);
    check(this, props, JOB_RULES);
    this.resource = new Job(this, "Resource", toJob(props));
  }
}

/** Layout of a job: one task on serverless, where every task pays its own cold start. */
export function layoutOf({ layout, compute }: Pick<PipelineJobProps, "layout" | "compute">): "staged" | "one_task" {
  return layout ?? (compute.kind === "serverless" ? "one_task" : "staged");
}

function toJob(props: PipelineJobProps): JobConfig {
  const { document, code, tags = {}, trigger = { manual: true }, topicsPerTask = 1 } = props;
  const compute = props.compute.bind(code.wheelPath);
  const endless = props.loop !== undefined || "continuous" in trigger;
  const tasks =
    layoutOf(props) === "staged"
      ? stagedGraph({ ...document, topicsPerTask }).map((spec) => toTask(spec, props, compute))
      : [{ ...oneTask(props), ...compute.task, ...retryPolicy(props) }];
  return {
    name: props.name,
    description: describe(props),
    task: tasks,
    ...compute.job,
    ...triggerBlock(trigger, { paused: props.paused ?? false, landingUrl: props.landingUrl }),
    ...notificationBlocks(props.notifications),
    parameter: Object.entries(props.parameters).map(([name, value]) => ({ name, default: value })),
    maxConcurrentRuns: 1,
    queue: { enabled: props.queue ?? true },
    timeoutSeconds: endless ? undefined : timeoutSeconds(props),
    health: endless
      ? undefined
      : { rules: [{ metric: "RUN_DURATION_SECONDS", op: "GREATER_THAN", value: timeoutSeconds(props) / 2 }] },
    runAs: props.runAs === undefined ? undefined : { servicePrincipalName: props.runAs },
    editMode: props.lockUi ? "UI_LOCKED" : undefined,
    tags: { ...tags },
    dependsOn: props.after === undefined ? undefined : [...props.after],
  };
}

function toTask(spec: TaskSpec, props: PipelineJobProps, compute: ComputeBinding): JobTask {
  return {
    taskKey: spec.key,
    dependsOn: spec.after.map((taskKey) => ({ taskKey })),
    runIf: spec.always ? "ALL_DONE" : undefined,
    notebookTask: {
      notebookPath: props.code.notebooks[spec.notebook].path,
      source: "WORKSPACE",
      baseParameters: spec.parameters,
    },
    ...compute.task,
    // finish fails to say that another task failed: trying it again would say the same.
    ...(spec.always ? { maxRetries: 0 } : retryPolicy(props)),
  };
}

/** Continuous jobs are started again by the platform and take no retry policy of their own. */
function retryPolicy({
  retries = 1,
  trigger,
}: PipelineJobProps): Pick<JobTask, "maxRetries" | "minRetryIntervalMillis" | "retryOnTimeout"> {
  if (trigger !== undefined && "continuous" in trigger) return {};
  return { maxRetries: retries, minRetryIntervalMillis: retries > 0 ? 30_000 : undefined, retryOnTimeout: false };
}

function timeoutSeconds({ timeoutMinutes = 120 }: PipelineJobProps): number {
  return timeoutMinutes * 60;
}

function describe({ document, code }: PipelineJobProps): string {
  const counts = `${document.topics.length} topics, ${document.gold.length} gold models, library ${code.libraryHash}`;
  return [document.description.trim(), counts]
    .filter((part) => part !== "")
    .join(" · ")
    .slice(0, 1000);
}
