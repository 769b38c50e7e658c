import type { Attributes } from "./plan";

/** What is lost with a resource of a type, said so that it follows on "holds". */
type Holding = string | ((attributes: Attributes) => string | undefined);

/** Of an external thing only the registration goes: still a loss to who reads it, though the files stay. */
const registration = (what: string, location: string) =>
  `${what} at ${location}: the files stay, but the name, its grants and its history go, and with them everything that reads it by name`;

/**
 * Resources whose destruction loses data, or takes access to data away from everybody at once.
 * A plan knows nothing of prevent_destroy (it is gone together with a block that was removed), so this list is by type.
 */
export const DATA_BEARING: Readonly<Record<string, Holding>> = {
  databricks_metastore: "every catalog of the region",
  databricks_catalog: "every schema, table and volume in it",
  databricks_schema: "every table, view and volume in it",
  databricks_volume: (volume) =>
    volume["volume_type"] === "EXTERNAL"
      ? registration("a volume", String(volume["storage_location"]))
      : "all files in it (landed files, or the checkpoints that say what was read)",
  databricks_sql_table: (table) => tableHolding(table),
  databricks_table: (table) => tableHolding(table),
  databricks_pipeline: "every table that it maintains: Databricks drops them together with the pipeline",
  databricks_storage_credential:
    "the way to the storage of external locations; without it external tables cannot be read",
  databricks_external_location: "the way to the files below it; without it external tables and volumes cannot be read",
  databricks_credential: "the way to cloud services and storage; without it sources cannot be read",
  databricks_connection: "the way to a foreign catalog, and with it its tables",
  databricks_share: "what recipients read",
  databricks_recipient: "somebody's access to shares; its activation cannot be restored",
  databricks_registered_model: "all versions of the model",
  databricks_mlflow_model: "all versions of the model",
  databricks_mlflow_experiment: "all its runs and artifacts",
  databricks_vector_search_index: "the index, which takes long to build again",
  databricks_online_table: "an online copy that readers depend on",
  databricks_database_instance: "every database in it",
  databricks_database_synced_database_table: "the synced copy that readers depend on",
  databricks_postgres_project: "every database in it",
  databricks_postgres_branch: "every database in it",
  databricks_postgres_database: "every table in it",
  databricks_secret_scope: "all secrets in it",
  databricks_secret: "the secret, which may be kept nowhere else",
  databricks_mws_workspaces: "a whole workspace",
  databricks_mws_storage_configurations: "the root storage of a workspace",
  aws_s3_bucket: "every object in it",
  azurerm_storage_account: "every container in it",
  azurerm_storage_container: "every blob in it",
  azurerm_storage_data_lake_gen2_filesystem: "every file in it",
  google_storage_bucket: "every object in it",
};

/** What a resource holds; undefined where it is not data-bearing. */
export function holdingOf(type: string, attributes: Attributes): string | undefined {
  const holding = Object.hasOwn(DATA_BEARING, type) ? DATA_BEARING[type] : undefined;
  return typeof holding === "function" ? holding(attributes) : holding;
}

function tableHolding(table: Attributes): string | undefined {
  if (table["table_type"] === "VIEW") return undefined;
  if (table["table_type"] === "EXTERNAL") return registration("a table", String(table["storage_location"]));
  if (table["name"] === "schema_registry")
    return "every registered version of every topic's schema: silver could not be rebuilt as it was";
  return "its rows and their history";
}
