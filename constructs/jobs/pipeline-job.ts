import { Job, type JobConfig, type JobTask } from "@cdktf/provider-databricks/lib/job";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { PipelineDocument, TriggerConfig } from "../../spec";
import type { PipelineCode } from "../code/pipeline-code";
import type { ComputeBinding, ICompute } from "../compute/compute";
import { check } from "../internal/check";
import { literalTexts } from "../internal/literal";
import { claim } from "../internal/ownership";
import { shardedGraph, type TaskSpec } from "./graph";
import { JOB_RULES } from "./job-rules";
import { notificationBlocks } from "./notifications";
import { oneTask } from "./one-task";
import { runShard, shardParameters } from "./shards";
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
  /** staged only: jobs that share the topics, where one job's limits end; the main one starts them. @default 1 */
  readonly shards?: number;
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
  /** A run that takes longer is told to who is told of failures. @default - half of timeoutMinutes */
  readonly warnAfterMinutes?: number;
  /** A run that starts while one is going waits. @default true */
  readonly queue?: boolean;
  /** Application id of the service principal that it runs as. @default - who deploys it */
  readonly runAs?: string;
  /** The job can be edited in code only. @default false */
  readonly lockUi?: boolean;
  /** @default - nobody is told */
  readonly notifications?: {
    readonly onFailure: readonly string[];
    readonly onSuccess?: readonly string[];
    readonly webhooks: readonly string[];
  };
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Tasks that the workspace runs at the same time at most, where that is few (5 on Free Edition). @default - the platform's */
  readonly concurrentTasks?: number;
  /** What must be there before the job: grants above all. */
  readonly after?: readonly ITerraformDependable[];
}

/** The job of a pipeline, in one of its two layouts; with shards, the main job and those that it starts. */
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
    if (layoutOf(props) === "one_task") {
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

/** Layout of a job: one task on serverless, where every task pays its own cold start. */
export function layoutOf({ layout, compute }: Pick<PipelineJobProps, "layout" | "compute">): "staged" | "one_task" {
  return layout ?? (compute.kind === "serverless" ? "one_task" : "staged");
}

/** The job with its trigger, its parameters and who is told. */
export function mainJob(props: PipelineJobProps, tasks: JobTask[], compute: ComputeBinding): JobConfig {
  const { trigger = { manual: true } } = props;
  const endless = props.loop !== undefined || "continuous" in trigger;
  return {
    ...commonJob(props, tasks, compute),
    name: props.name,
    description: describe(props),
    ...triggerBlock(trigger, { paused: props.paused ?? false, landingUrl: props.landingUrl }),
    ...notificationBlocks(props.notifications),
    parameter: parameterBlocks(props.parameters),
    timeoutSeconds: endless ? undefined : timeoutSeconds(props),
    health: endless
      ? undefined
      : { rules: [{ metric: "RUN_DURATION_SECONDS", op: "GREATER_THAN", value: warnSeconds(props) }] },
  };
}

/** A shard has no trigger and tells nobody: the main job starts it, waits for it, and fails with it. */
function shardJob(props: PipelineJobProps, tasks: JobTask[], compute: ComputeBinding, number: number): JobConfig {
  return {
    ...commonJob(props, tasks, compute),
    name: `${props.name}-shard-${number}`,
    description: `Shard ${number} of ${props.shards} of ${props.name}, which starts it. Do not start it by hand.`,
    parameter: parameterBlocks(shardParameters(props.parameters)),
    timeoutSeconds: timeoutSeconds(props),
  };
}

function commonJob(props: PipelineJobProps, tasks: JobTask[], compute: ComputeBinding): JobConfig {
  return {
    task: tasks,
    ...compute.job,
    maxConcurrentRuns: 1,
    queue: { enabled: props.queue ?? true },
    runAs: props.runAs === undefined ? undefined : { servicePrincipalName: props.runAs },
    editMode: props.lockUi ? "UI_LOCKED" : undefined,
    tags: { ...props.tags },
    dependsOn: props.after === undefined ? undefined : [...props.after],
  };
}

function parameterBlocks(parameters: Readonly<Record<string, string>>): JobConfig["parameter"] {
  return Object.entries(parameters).map(([name, value]) => ({ name, default: value }));
}

function toTask(
  spec: TaskSpec,
  props: PipelineJobProps,
  compute: ComputeBinding,
  shards: readonly Job[] = [],
): JobTask {
  const { runs, key: taskKey, parameters: baseParameters } = spec;
  const dependsOn = spec.after.map((taskKey) => ({ taskKey }));
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

/** Continuous jobs are started again by the platform and take no retry policy of their own. */
export function retryPolicy({
  retries = 1,
  trigger,
}: PipelineJobProps): Pick<JobTask, "maxRetries" | "minRetryIntervalMillis" | "retryOnTimeout"> {
  if (trigger !== undefined && "continuous" in trigger) return {};
  return { maxRetries: retries, minRetryIntervalMillis: retries > 0 ? 30_000 : undefined, retryOnTimeout: false };
}

function warnSeconds(props: PipelineJobProps): number {
  return props.warnAfterMinutes === undefined ? timeoutSeconds(props) / 2 : props.warnAfterMinutes * 60;
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
