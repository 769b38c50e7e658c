import type { Attributes } from "./plan";

/** Data that are lost with a resource of a type, worded to follow "holds". */
type Holding = string | ((attributes: Attributes) => string | undefined);

/** Of an external thing only the registration goes: still a loss to who reads it, though the files stay. */
const registration = (what: string, location: string) =>
  `${what} at ${location}: the files stay, but the name, its grants and its history go, and with them everything that reads it by name`;

/**
 * Data that are lost with resources of a type, for the report. Decides nothing: what is not known as harmless is rejected.
 * A plan knows nothing of prevent_destroy (it is gone together with a block that was removed), so all lists are by type.
 */
const HOLDINGS: Readonly<Record<string, Holding>> = {
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
  databricks_mws_customer_managed_keys: "a key by which data is encrypted; without it nothing can be read",
  databricks_metastore_assignment: "the way of a workspace to every catalog",
  databricks_metastore_data_access: "the way of the metastore to its storage",
  databricks_policy_info: "a row filter or column mask: without it readers see what was hidden from them",
  databricks_file: "the file, which may be kept nowhere else",
  databricks_dbfs_file: "the file, which may be kept nowhere else",
  databricks_repo: "what was changed in it and not pushed",
  databricks_group: "the access of everybody who is in it",
  databricks_service_principal: "its home with what lies in it, and what runs as it",
  databricks_user: "the user's home with what lies in it",
  databricks_ip_access_list: "who may reach the workspace from where",
  databricks_grants: "all privileges on something, also those that were given elsewhere",
  databricks_database_database_catalog: "a catalog over a database, and with it its tables",
  databricks_online_store: "the online copies that readers depend on",
  databricks_app: "the app with its own identity and what it was given",
  databricks_mws_storage_configurations: "the root storage of a workspace",
  aws_s3_bucket: "every object in it",
  aws_kms_key: "a key by which data is encrypted; without it nothing can be read",
  aws_db_instance: "every database in it",
  aws_rds_cluster: "every database in it",
  aws_dynamodb_table: "every item in it",
  aws_kinesis_stream: "what was not read yet",
  aws_msk_cluster: "every topic in it",
  azurerm_key_vault: "every key and secret in it",
  azurerm_key_vault_key: "a key by which data is encrypted; without it nothing can be read",
  azurerm_databricks_workspace: "a whole workspace",
  azurerm_eventhub: "what was not read yet",
  azurerm_eventhub_namespace: "every event hub in it",
  azurerm_mssql_database: "every table in it",
  azurerm_postgresql_flexible_server: "every database in it",
  azurerm_resource_group: "everything in it",
  google_kms_crypto_key: "a key by which data is encrypted; without it nothing can be read",
  google_kms_key_ring: "every key in it",
  google_project: "everything in it",
  google_pubsub_topic: "what was not read yet",
  google_sql_database_instance: "every database in it",
  confluent_kafka_topic: "every message in it",
  kafka_topic: "every message in it",
  azurerm_storage_account: "every container in it",
  azurerm_storage_container: "every blob in it",
  azurerm_storage_data_lake_gen2_filesystem: "every file in it",
  google_storage_bucket: "every object in it",
};

/** Describes the data that a resource holds, as far as known. Undefined for what is known to hold nothing: a view. */
export function holdingOf(type: string, attributes: Attributes): string | undefined {
  const holding = Object.hasOwn(HOLDINGS, type)
    ? HOLDINGS[type]
    : "what the gate does not know: resources of this type are not known to be harmless";
  return typeof holding === "function" ? holding(attributes) : holding;
}

/** Return whether a type is known to hold data, or access to it. */
export function holdsData(type: string): boolean {
  return Object.hasOwn(HOLDINGS, type);
}

function tableHolding(table: Attributes): string | undefined {
  if (table["table_type"] === "VIEW") return undefined;
  if (table["table_type"] === "EXTERNAL") return registration("a table", String(table["storage_location"]));
  if (table["name"] === "schema_registry")
    return "every registered version of every topic's schema: silver could not be rebuilt as it was";
  return "its rows and their history";
}
