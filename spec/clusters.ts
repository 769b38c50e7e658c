import { CLOUD_WORDS } from "./clouds";
import type { Cloud } from "./model/environment";

/** Settings of Spark that follow from the number of workers. */
export const RESERVED_CONF: readonly string[] = ["spark.databricks.cluster.profile", "spark.master"];

/** Where an init script lies: the key of its block in a cluster; undefined for a path that is none. */
export function initScriptKind(
  path: string,
  cloud: Cloud,
): "volumes" | "workspace" | "s3" | "abfss" | "gcs" | undefined {
  if (/^\/Volumes(\/[^/]+){4,}$/.test(path)) return "volumes";
  if (/^\/(Users|Shared|Repos)(\/[^/]+)+$/.test(path)) return "workspace";
  return CLOUD_WORDS[cloud].storage.test(path) ? CLOUD_WORDS[cloud].initScript : undefined;
}

/** Where init scripts may lie, in words. */
export function initScriptRule(cloud: Cloud): string {
  return `allowed: a file such as /Volumes/<catalog>/<schema>/<volume>/setup.sh, /Users/<application id>/setup.sh (without /Workspace) or ${CLOUD_WORDS[cloud].storageExample}/setup.sh`;
}

/** Workers of a cluster: a number, 0 for a single node, or a range to scale in. */
export type Workers = number | { readonly min: number; readonly max: number };

/** Why a cluster cannot have so many workers; undefined if it can. A range that is none is refused by Databricks, too. */
export function workersFault(workers: Workers): string | undefined {
  if (typeof workers === "number") {
    const right = Number.isInteger(workers) && workers >= 0;
    return right ? undefined : `found ${workers}; allowed: a whole number, 0 for a single node`;
  }
  const { min, max } = workers;
  const right = Number.isInteger(min) && Number.isInteger(max) && min >= 1 && min < max;
  return right
    ? undefined
    : `found min ${min} and max ${max}; allowed: min at least 1 and below max, or one number (0 is a single node)`;
}
