import type { JobJobClusterNewCluster } from "@cdktf/provider-databricks/lib/job";
import { Construct } from "constructs";
import { CLUSTER_FAULTS, initScriptKind, initScriptRule, type Workers } from "../../spec";
import type { Cloud } from "../clouds/cloud";
import { ConstructError, check, type Rule } from "../internal/check";
import { ClusterPolicy, checkCluster, type IClusterPolicy } from "./cluster-policy";
import type { ComputeBinding, ICompute } from "./compute";
import { policyFor } from "./policy-definition";

/** Key of the one cluster that the tasks of a job share. */
const CLUSTER_KEY = "medallion";

/** Properties of a `JobCluster`. */
export interface JobClusterProps {
  readonly cloud: Cloud;
  /** Databricks Runtime, pinned: `17.3.x-scala2.13`. */
  readonly sparkVersion: string;
  /** @default - a small machine of the cloud */
  readonly nodeType?: string;
  /** Number of workers, or a range to scale in; 0 is a single node. @default 0 */
  readonly workers?: Workers;
  /** Workers on spare capacity, with fall-back to regular machines. @default false */
  readonly spot?: boolean;
  /** Zone of the machines. @default - wherever there is room */
  readonly zone?: string;
  /** Disk of each machine in GB. @default - the disks of the node type */
  readonly diskGb?: number;
  /** Id of the instance pool that the machines come from: it determines node type, zone, disks and spare capacity. @default - no pool */
  readonly pool?: string;
  /** Id of the instance pool of the driver. @default - pool */
  readonly driverPool?: string;
  /** Scripts that each machine runs before Spark starts, in order: paths in volumes, in the workspace, or in the storage of the cloud. @default - none */
  readonly initScripts?: readonly string[];
  /** Settings of Spark for the whole cluster. @default - none */
  readonly sparkConf?: Readonly<Record<string, string>>;
  /** SINGLE_USER: the cluster belongs to who the job runs as. USER_ISOLATION: shared safely. @default SINGLE_USER */
  readonly dataSecurityMode?: "SINGLE_USER" | "USER_ISOLATION";
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** A policy that the cluster must keep; or the name of one to be made that allows exactly such clusters. @default - no policy */
  readonly policy?: IClusterPolicy | { readonly name: string };
}

const RULES: readonly Rule<JobClusterProps>[] = [
  ...Object.entries(CLUSTER_FAULTS).map(
    ([key, fault]): Rule<JobClusterProps> => [
      (p) => fault(p, p.cloud.name) !== undefined,
      (p) => `${key}: ${fault(p, p.cloud.name)}`,
    ],
  ),
  [
    (p) => (p.initScripts ?? []).some((path) => initScriptKind(path, p.cloud.name) === undefined),
    (p) =>
      `initScripts ${(p.initScripts ?? [])
        .filter((path) => initScriptKind(path, p.cloud.name) === undefined)
        .map((path) => `"${path}"`)
        .join(", ")}: ${initScriptRule(p.cloud.name)}`,
  ],
  [
    (p) => p.dataSecurityMode !== undefined && !["SINGLE_USER", "USER_ISOLATION"].includes(p.dataSecurityMode),
    (p) =>
      `dataSecurityMode "${p.dataSecurityMode}": SINGLE_USER or USER_ISOLATION (the other names of the API show a difference in every plan)`,
  ],
];

/**
 * A cluster that lives as long as the run.
 *
 * @example
 * const compute = new JobCluster(this, "Compute", { cloud: CLOUDS.aws, sparkVersion: "17.3.x-scala2.13", workers: { min: 1, max: 4 } });
 */
export class JobCluster extends Construct implements ICompute {
  readonly kind = "job_cluster";
  /** The cluster block as the job gets it. */
  readonly block: JobJobClusterNewCluster;
  readonly policy?: IClusterPolicy;
  /** Settings of Spark that were asked for, without those that follow from the number of workers. */
  readonly sparkConf?: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: JobClusterProps) {
    super(scope, id);
    check(this, props, RULES);
    const block = toBlock(props);
    this.policy = this.policyOf(props, block);
    const faults = this.policy === undefined ? [] : checkCluster(block, this.policy);
    if (faults.length > 0) throw new ConstructError(this.node.path, faults);
    if (Object.keys(props.sparkConf ?? {}).length > 0) this.sparkConf = props.sparkConf;
    this.block = { ...block, policyId: this.policy?.id };
  }

  bind(wheelPath: string): ComputeBinding {
    return {
      job: { jobCluster: [{ jobClusterKey: CLUSTER_KEY, newCluster: this.block }] },
      task: { jobClusterKey: CLUSTER_KEY, library: [{ whl: wheelPath }] },
    };
  }

  private policyOf({ policy, cloud }: JobClusterProps, block: JobJobClusterNewCluster): IClusterPolicy | undefined {
    if (policy === undefined || "id" in policy) return policy;
    return new ClusterPolicy(this, "Policy", {
      name: policy.name,
      description: `Job clusters of this pipeline on ${cloud.name}: this size or smaller, this runtime, these tags.`,
      definition: policyFor(block),
    });
  }
}

const SINGLE_NODE = {
  sparkConf: { "spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]" },
  customTags: { ResourceClass: "SingleNode" },
};

function toBlock(props: JobClusterProps): JobJobClusterNewCluster {
  const workers = props.workers ?? 0;
  const singleNode = workers === 0;
  const sparkConf = { ...props.sparkConf, ...(singleNode ? SINGLE_NODE.sparkConf : {}) };
  const scripts = (props.initScripts ?? []).map((destination) => ({
    [initScriptKind(destination, props.cloud.name) ?? "workspace"]: { destination },
  }));
  return {
    sparkVersion: props.sparkVersion,
    nodeTypeId: props.pool === undefined ? (props.nodeType ?? props.cloud.nodeType) : undefined,
    instancePoolId: props.pool,
    driverInstancePoolId: props.driverPool ?? props.pool,
    numWorkers: typeof workers === "number" ? workers : undefined,
    autoscale: typeof workers === "object" ? { minWorkers: workers.min, maxWorkers: workers.max } : undefined,
    dataSecurityMode: props.dataSecurityMode ?? "SINGLE_USER",
    sparkConf: Object.keys(sparkConf).length > 0 ? sparkConf : undefined,
    initScripts: scripts.length > 0 ? scripts : undefined,
    customTags: { ...props.tags, ...(singleNode ? SINGLE_NODE.customTags : {}) },
    // With workers, the driver stays on a regular machine: losing it loses the run. A single node is the driver.
    ...(props.pool === undefined
      ? props.cloud.attributes({
          spot: props.spot ?? false,
          firstOnDemand: singleNode ? undefined : 1,
          zone: props.zone,
          diskGb: props.diskGb,
        })
      : {}),
  };
}
