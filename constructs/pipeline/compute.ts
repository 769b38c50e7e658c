import { Construct } from "constructs";
import { RegistryTable } from "../catalog/registry-table";
import type { ISchema } from "../catalog/schema";
import { CLOUDS } from "../clouds/clouds";
import { ClusterPolicy, type IClusterPolicy } from "../compute/cluster-policy";
import type { ICompute } from "../compute/compute";
import { ExistingCluster } from "../compute/existing-cluster";
import { JobCluster } from "../compute/job-cluster";
import { Serverless } from "../compute/serverless";
import { type IWarehouse, Warehouse } from "../compute/warehouse";
import { Forgotten } from "../internal/state";
import type { Settings } from "./settings";

/** Makes the compute of the job, or returns the given one. */
export function makeCompute(scope: Construct, { environment, naming, given }: Settings): ICompute {
  if (given.compute !== undefined) return given.compute;
  const { compute, cloud } = environment;
  if (compute.kind === "serverless") return new Serverless(compute);
  if (compute.kind === "existing_cluster") return new ExistingCluster(compute.clusterId);
  const { policy, kind: _kind, ...cluster } = compute;
  return new JobCluster(scope, "Cluster", {
    ...cluster,
    cloud: CLOUDS[cloud],
    tags: naming.tags,
    policy: given.clusterPolicy ?? policyOf(policy, naming.resource),
  });
}

function policyOf(
  policy: "create" | "none" | { readonly id: string },
  name: string,
): IClusterPolicy | { readonly name: string } | undefined {
  if (policy === "none") return undefined;
  return policy === "create" ? { name } : ClusterPolicy.fromId(policy.id);
}

/** The warehouse for alerts and dashboards; none where the environment has none. */
export function makeWarehouse(scope: Construct, { environment, naming, given }: Settings): IWarehouse | undefined {
  if (given.warehouse !== undefined) return given.warehouse;
  const { warehouse } = environment;
  if (warehouse === "none") return undefined;
  if ("id" in warehouse) return Warehouse.fromId(warehouse.id);
  const { create: _create, ...props } = warehouse;
  return new Warehouse(scope, "Warehouse", { ...props, name: naming.resource, tags: naming.tags });
}

/** The registry table, only where the warehouse answers at once; elsewhere the job makes it, and one that was declared before stays. */
export function makeRegistry(
  scope: Construct,
  { environment, defaults }: Settings,
  { schema, warehouse }: { readonly schema: ISchema; readonly warehouse: IWarehouse | undefined },
): RegistryTable | undefined {
  if (warehouse?.serverless !== true) {
    new Forgotten(new Construct(scope, "Registry"), "Resource", "databricks_sql_table");
    return undefined;
  }
  return new RegistryTable(scope, "Registry", {
    schema,
    warehouse,
    owner: environment.owner,
    protect: defaults.protect,
  });
}
