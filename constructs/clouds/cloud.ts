import type { JobJobClusterNewCluster } from "@cdktf/provider-databricks/lib/job";
import type { Cloud as CloudName, CloudWords } from "../../spec";

/** The part of a cluster block that only one cloud has. */
export type CloudAttributes = Pick<JobJobClusterNewCluster, "awsAttributes" | "azureAttributes" | "gcpAttributes">;

/** What is asked of the machines of a cluster. */
export interface Machines {
  /** Spare capacity with fall-back to regular machines. */
  readonly spot: boolean;
  /** With spare capacity: so many machines, the driver first, are regular from the start. */
  readonly firstOnDemand?: number;
  /** Zone by its name. @default - wherever there is room */
  readonly zone?: string;
  /** Disk of each machine in GB. @default - the disks of the node type */
  readonly diskGb?: number;
}

/** Everything that differs between clouds, as values: no construct asks which cloud it is on. */
export interface Cloud {
  readonly name: CloudName;
  /** How things are written here: node types, addresses, identities. */
  readonly words: CloudWords;
  /** Node type of a small job cluster: four cores with local disks. */
  readonly nodeType: string;
  readonly attributes: (machines: Machines) => CloudAttributes;
}
