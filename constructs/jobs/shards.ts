import type { Job, JobTask } from "@cdktf/provider-databricks/lib/job";
import { Token } from "cdktf";
import { RUN_ID } from "./graph";

/** Parameters of a shard: those of the main job, and the id of the main run; started by hand, a shard is its own run. */
export function shardParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return { ...parameters, run_id: RUN_ID };
}

/** The task of the main job that runs a shard, with whatever the main run was started with. */
export function runShard(
  shard: Job | undefined,
  parameters: Readonly<Record<string, string>>,
): Pick<JobTask, "runJobTask"> {
  if (shard === undefined) throw new Error("a task runs a shard that was not made");
  const handedOn = Object.keys(parameters).map((name) => [name, `{{job.parameters.${name}}}`]);
  return {
    runJobTask: { jobId: Token.asNumber(shard.id), jobParameters: { ...Object.fromEntries(handedOn), run_id: RUN_ID } },
  };
}
