import type { JobJobClusterNewCluster } from "@cdktf/provider-databricks/lib/job";
import type { Cloud as CloudName, CloudWords } from "../../spec";

/** The part of a cluster block that only one cloud has. */
export type CloudAttributes = Pick<JobJobClusterNewCluster, "awsAttributes" | "azureAttributes" | "gcpAttributes">;

/** Requirements on the machines of a cluster. */
export interface Machines {
  /** Spare capacity with fall-back to regular machines. */
  readonly spot: boolean;
  /** Number of machines that are regular from the start, the driver first, where the others are spare capacity. */
  readonly firstOnDemand?: number;
  /** Zone by its name. @default - wherever there is room */
  readonly zone?: string;
  /** Disk of each machine in GB. @default - the disks of the node type */
  readonly diskGb?: number;
}

/** Everything that differs between clouds, as values: no construct asks which cloud it is on. */
export interface Cloud {
  readonly name: CloudName;
  /** Formats of this cloud: node types, addresses, identities. */
  readonly words: CloudWords;
  /** Node type of a small job cluster: four cores with local disks. */
  readonly nodeType: string;
  readonly attributes: (machines: Machines) => CloudAttributes;
}
