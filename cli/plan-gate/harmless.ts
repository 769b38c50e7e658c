/** Action of Terraform that does no harm to a resource. */
type Harmless = "destroy" | "replace";
const BOTH: readonly Harmless[] = ["destroy", "replace"];

/**
 * Types that hold nothing and are made again from code as they were. What is not listed here is rejected: a list of what
 * is dangerous would miss the next resource that a provider invents.
 */
const HARMLESS: Readonly<Record<string, readonly Harmless[]>> = {
  // Code and texts that are deployed.
  databricks_notebook: BOTH,
  databricks_workspace_file: BOTH,
  databricks_directory: BOTH,
  databricks_global_init_script: BOTH,
  databricks_library: BOTH,
  // Work, which keeps its results elsewhere.
  databricks_job: BOTH,
  databricks_query: BOTH,
  databricks_alert: BOTH,
  databricks_alert_v2: BOTH,
  databricks_dashboard: BOTH,
  databricks_notification_destination: BOTH,
  databricks_sql_query: BOTH,
  databricks_sql_alert: BOTH,
  databricks_sql_dashboard: BOTH,
  databricks_sql_visualization: BOTH,
  databricks_sql_widget: BOTH,
  databricks_quality_monitor: BOTH,
  // Compute.
  databricks_cluster: BOTH,
  databricks_cluster_policy: BOTH,
  databricks_instance_pool: BOTH,
  databricks_sql_endpoint: BOTH,
  databricks_budget_policy: BOTH,
  // Access that is taken away: whoever misses it says so, and nothing is lost.
  databricks_grant: BOTH,
  databricks_permissions: BOTH,
  databricks_secret_acl: BOTH,
  databricks_workspace_binding: BOTH,
  databricks_catalog_workspace_binding: BOTH,
  databricks_group_member: BOTH,
  // A secret that is replaced is rotated; one that is destroyed may be kept nowhere else.
  databricks_secret: ["replace"],
  // Values of Terraform's own.
  null_resource: BOTH,
  terraform_data: BOTH,
  random_id: BOTH,
  random_pet: BOTH,
  random_string: BOTH,
  random_uuid: BOTH,
  random_integer: BOTH,
  time_sleep: BOTH,
  time_static: BOTH,
  time_offset: BOTH,
  local_file: BOTH,
};

/** Lists of types by the user: reason by type. What is guarded is rejected, whatever the list of the gate says. */
export interface TypeLists {
  readonly harmless: ReadonlyMap<string, string>;
  readonly guarded: ReadonlyMap<string, string>;
}
export const NO_LISTS: TypeLists = { harmless: new Map(), guarded: new Map() };

/** Return whether resources of a type may go, or be made anew, without being named. */
export function isHarmless(type: string, what: Harmless, { harmless, guarded }: TypeLists): boolean {
  if (guarded.has(type)) return false;
  return harmless.has(type) || (Object.hasOwn(HARMLESS, type) && (HARMLESS[type] ?? []).includes(what));
}
