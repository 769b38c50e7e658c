import type { JobConfig, JobTask } from "@cdktf/provider-databricks/lib/job";
import { counted } from "../../spec";
import type { ComputeBinding } from "../compute/compute";
import { notificationBlocks } from "./notifications";
import type { PipelineJobProps } from "./props";
import { shardParameters } from "./shards";
import { triggerBlock } from "./trigger";

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
export function shardJob(
  props: PipelineJobProps,
  tasks: JobTask[],
  compute: ComputeBinding,
  number: number,
): JobConfig {
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
    dependsOn: props.dependsOn === undefined ? undefined : [...props.dependsOn],
  };
}

function parameterBlocks(parameters: Readonly<Record<string, string>>): JobConfig["parameter"] {
  return Object.entries(parameters).map(([name, value]) => ({ name, default: value }));
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

function describe({ description = "", document, code }: PipelineJobProps): string {
  const counts = [
    counted(document.topics.length, "topic"),
    counted(document.gold.length, "gold model"),
    `library ${code.libraryHash}`,
  ].join(", ");
  return [document.description.trim(), description.trim(), counts]
    .filter((part) => part !== "")
    .join(" · ")
    .slice(0, 1000);
}
