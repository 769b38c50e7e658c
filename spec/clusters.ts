import { CLOUD_WORDS } from "./clouds";
import type { Cloud } from "./model/environment";
import { show } from "./words";

/** Settings of Spark that follow from the number of workers. */
const RESERVED_CONF: readonly string[] = ["spark.databricks.cluster.profile", "spark.master"];

/** Returns the storage kind of an init script, which is the key of its block in a cluster; undefined for an invalid path. */
export function initScriptKind(
  path: string,
  cloud: Cloud,
): "volumes" | "workspace" | "s3" | "abfss" | "gcs" | undefined {
  if (/^\/Volumes(\/[^/]+){4,}$/.test(path)) return "volumes";
  if (/^\/(Users|Shared|Repos)(\/[^/]+)+$/.test(path)) return "workspace";
  return CLOUD_WORDS[cloud].storage.test(path) ? CLOUD_WORDS[cloud].initScript : undefined;
}

/** Describes the allowed locations of init scripts. */
export function initScriptRule(cloud: Cloud): string {
  return `allowed: a file such as /Volumes/<catalog>/<schema>/<volume>/setup.sh, /Users/<application id>/setup.sh (without /Workspace) or ${CLOUD_WORDS[cloud].storageExample}/setup.sh`;
}

/** Workers of a cluster: a number, 0 for a single node, or a range to scale in. */
export type Workers = number | { readonly min: number; readonly max: number };

/** Returns the fault of a range of workers; undefined if it is valid. Databricks rejects an invalid range, too. */
function workersFault(workers: Workers): string | undefined {
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

/** Databricks Runtime with the oldest Spark that the library runs on. */
const OLDEST_RUNTIME = 17;

/** Settings of a cluster, as far as they are known. */
export interface ClusterWords {
  readonly sparkVersion?: string;
  readonly nodeType?: string;
  readonly workers?: number | { readonly min?: number; readonly max?: number };
  readonly spot?: boolean;
  readonly zone?: string;
  readonly diskGb?: number;
  readonly pool?: string;
  readonly driverPool?: string;
  readonly sparkConf?: Readonly<Record<string, string | undefined>>;
}

type ClusterFault = (cluster: ClusterWords, cloud: Cloud | undefined) => string | undefined;

/** Checks of a cluster by key, for config and for props. */
export const CLUSTER_FAULTS: Readonly<Partial<Record<keyof ClusterWords, ClusterFault>>> = {
  nodeType: (cluster, cloud) => ofPool(cluster, "nodeType") ?? ofCloud(cluster, cloud),
  sparkVersion: ({ sparkVersion: version }) => {
    if (version === undefined) return undefined;
    const major = /^(\d{1,3})\.\d{1,2}\.x-([a-z0-9]+-)*scala2\.13$/.exec(version)?.[1];
    return major !== undefined && Number(major) >= OLDEST_RUNTIME
      ? undefined
      : `found ${show(version)}; allowed: Databricks Runtime ${OLDEST_RUNTIME}.3 LTS or later, such as 17.3.x-scala2.13`;
  },
  workers: ({ workers }) => {
    if (workers === undefined) return undefined;
    if (typeof workers === "number") return workersFault(workers);
    const { min, max } = workers;
    return min === undefined || max === undefined ? undefined : workersFault({ min, max });
  },
  spot: (cluster) => ofPool(cluster, "spot"),
  zone: (cluster, cloud) =>
    ofPool(cluster, "zone") ?? notOnCloud(cluster.zone, cloud, "zone", "the zone of machines is not chosen"),
  diskGb: (cluster, cloud) => {
    const why = "disks come with the machine type (one with a d, such as Standard_D4ds_v5)";
    const { diskGb } = cluster;
    const fault = ofPool(cluster, "diskGb") ?? notOnCloud(diskGb, cloud, "disk", why);
    if (fault !== undefined || diskGb === undefined) return fault;
    return Number.isInteger(diskGb) && diskGb >= 100
      ? undefined
      : `found ${diskGb}; allowed: a whole number, at least 100`;
  },
  driverPool: ({ driverPool, pool }) =>
    driverPool !== undefined && pool === undefined
      ? "the driver alone cannot come from a pool; set pool too, or remove the key"
      : undefined,
  sparkConf: ({ sparkConf = {} }) => {
    const reserved = Object.keys(sparkConf).filter((key) => RESERVED_CONF.includes(key));
    return reserved.length === 0
      ? undefined
      : `found ${reserved.map(show).join(", ")}, set by the number of workers: remove what is found`;
  },
};

function ofCloud({ nodeType }: ClusterWords, cloud: Cloud | undefined): string | undefined {
  if (nodeType === undefined || cloud === undefined) return undefined;
  const words = CLOUD_WORDS[cloud];
  if (words.nodeType.test(nodeType)) return undefined;
  return `found ${show(nodeType)}, which is no machine type of ${words.label}; allowed: such as ${words.nodeTypeExample}`;
}

function notOnCloud(value: unknown, cloud: Cloud | undefined, has: "zone" | "disk", why: string): string | undefined {
  return value === undefined || cloud === undefined || CLOUD_WORDS[cloud][has]
    ? undefined
    : `found ${show(value)}; on ${CLOUD_WORDS[cloud].label} ${why}: remove the key`;
}

/** A key of a cluster that its pool decides. */
function ofPool(cluster: ClusterWords, key: "nodeType" | "zone" | "diskGb" | "spot"): string | undefined {
  return cluster.pool === undefined || cluster[key] === undefined || cluster[key] === false
    ? undefined
    : `found ${show(cluster[key])}; machines of an instance pool are as the pool says: remove the key, or pool`;
}
