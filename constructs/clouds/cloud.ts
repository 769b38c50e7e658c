import type { JobJobClusterNewCluster } from "@cdktf/provider-databricks/lib/job";
import type { Cloud as CloudName } from "../../spec";

/** The part of a cluster block that only one cloud has. */
export type CloudAttributes = Pick<JobJobClusterNewCluster, "awsAttributes" | "azureAttributes" | "gcpAttributes">;

/** Everything that differs between clouds, as values: no construct asks which cloud it is on. */
export interface Cloud {
  readonly name: CloudName;
  /** Node type of a small job cluster: four cores with local disks. */
  readonly nodeType: string;
  /** What node types look like here, and one in words for messages. */
  readonly nodeTypePattern: RegExp;
  /** Spare capacity with fall-back to regular machines; the first so many machines are regular from the start. */
  readonly spot: (firstOnDemand?: number) => CloudAttributes;
  /** Regular machines. */
  readonly onDemand: CloudAttributes;
}
