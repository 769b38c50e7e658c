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
