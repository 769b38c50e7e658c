import { describe, expect, it } from "vitest";
import { evaluatePlan } from "../../cli/plan-gate/evaluate";
import { readPlan } from "../../cli/plan-gate/plan";

type Json = Record<string, unknown>;
interface Change {
  readonly before?: Json | null;
  readonly after?: Json | null;
  readonly unknown?: Json;
  /** What the code says, where that matters: names of the arguments. */
  readonly said?: readonly string[];
  /** Other resources of the plan. */
  readonly rest?: readonly Json[];
}
type Row = readonly [what: string, type: string, actions: string, change: Change, ...rules: string[]];

/** A plan of one change, as `terraform show -json` writes it. */
function planOf([, type, actions, change]: Row): string {
  const { before = null, after = null, unknown = {}, said, rest = [] } = change;
  const resource = { address: `${type}.x`, mode: "managed", type, name: "x" };
  return JSON.stringify({
    format_version: "1.2",
    resource_changes: [
      { ...resource, change: { actions: actions.split(" "), before, after, after_unknown: unknown } },
      ...rest,
    ],
    configuration: {
      root_module: {
        resources: [{ address: `${type}.x`, expressions: Object.fromEntries((said ?? []).map((name) => [name, {}])) }],
      },
    },
  });
}

const other = (type: string, values: Json): Json => ({
  address: `${type}.other`,
  mode: "managed",
  type,
  name: "other",
  change: { actions: ["no-op"], before: values, after: values },
});

/** Destroyed, each type alone: rejected, whether the gate has heard of it or not. */
const LOST = [
  "databricks_catalog databricks_schema databricks_volume databricks_sql_table databricks_table databricks_pipeline",
  "databricks_metastore databricks_metastore_assignment databricks_metastore_data_access databricks_storage_credential",
  "databricks_external_location databricks_credential databricks_connection databricks_share databricks_recipient",
  "databricks_registered_model databricks_mlflow_model databricks_mlflow_experiment databricks_vector_search_index",
  "databricks_vector_search_endpoint databricks_online_table databricks_online_store databricks_database_instance",
  "databricks_database_database_catalog databricks_database_synced_database_table databricks_secret_scope",
  "databricks_secret databricks_policy_info databricks_file databricks_dbfs_file databricks_repo databricks_grants",
  "databricks_mws_workspaces databricks_mws_customer_managed_keys databricks_mws_storage_configurations",
  "databricks_mws_networks databricks_mws_credentials databricks_group databricks_service_principal databricks_user",
  "databricks_ip_access_list databricks_app databricks_model_serving databricks_token databricks_system_schema",
  "databricks_entity_tag_assignment databricks_something_new constructor toString",
  "aws_s3_bucket aws_kms_key aws_db_instance aws_dynamodb_table aws_kinesis_stream aws_msk_cluster aws_iam_role",
  "azurerm_storage_account azurerm_key_vault azurerm_key_vault_key azurerm_resource_group azurerm_eventhub",
  "azurerm_databricks_workspace azurerm_mssql_database",
  "google_storage_bucket google_kms_crypto_key google_kms_key_ring google_project google_sql_database_instance",
  "google_pubsub_topic kafka_topic confluent_kafka_topic mongodbatlas_cluster",
]
  .join(" ")
  .split(" ");

/** Destroyed or replaced, and made again from code as they were. */
const KEPT = [
  "databricks_job databricks_notebook databricks_workspace_file databricks_directory databricks_grant",
  "databricks_permissions databricks_secret_acl databricks_cluster databricks_cluster_policy databricks_instance_pool",
  "databricks_sql_endpoint databricks_alert_v2 databricks_dashboard databricks_query",
  "databricks_notification_destination databricks_workspace_binding terraform_data null_resource random_id",
]
  .join(" ")
  .split(" ");

const DESTROYED: readonly Row[] = [
  ...LOST.map((type): Row => ["destroyed", type, "delete", {}, "destroys-data"]),
  ...["databricks_schema", "aws_kms_key", "databricks_policy_info", "kafka_topic"].flatMap((type): Row[] => [
    ["replaced", type, "delete create", {}, "destroys-data"],
    ["replaced, the new one first", type, "create delete", {}, "destroys-data"],
    ["forgotten", type, "forget", {}],
  ]),
  ...KEPT.flatMap((type): Row[] => [
    ["destroyed", type, "delete", {}],
    ["replaced", type, "delete create", {}],
  ]),
  [
    "a secret that is rotated",
    "databricks_secret",
    "delete create",
    { before: { key: "k", scope: "s" }, after: { key: "k", scope: "s" } },
  ],
  [
    "a secret that gets another key",
    "databricks_secret",
    "delete create",
    { before: { key: "k", scope: "s" }, after: { key: "l", scope: "s" } },
    "destroys-data",
  ],
  ["a view", "databricks_sql_table", "delete", { before: { table_type: "VIEW" } }],
];

const select = (principal: unknown, where: Json = { schema: "main.gold" }, ...privileges: string[]): Json => ({
  ...where,
  principal,
  privileges: privileges.length === 0 ? ["SELECT"] : privileges,
});
const EVERYBODY = [
  "account users",
  "Account  Users",
  "users",
  "all workspace users",
  "all account users",
  "_workspace_users_prod_900800700600",
  "_WORKSPACE_USERS_x",
  " account\u00a0users ",
];

const OPENED: readonly Row[] = [
  ...EVERYBODY.map(
    (group): Row => [group, "databricks_grant", "create", { after: select(group) }, "opens-to-everybody"],
  ),
  ...["databricks_catalog", "databricks_schema", "databricks_volume", "databricks_external_location"].flatMap(
    (type): Row[] => [
      [
        "owned by everybody",
        type,
        "update",
        { before: { owner: "deployer" }, after: { owner: "account users" } },
        "opens-to-everybody",
      ],
      [
        "owned by whoever, told at apply",
        type,
        "update",
        { before: { owner: "d" }, after: {}, unknown: { owner: true } },
        "opens-to-everybody",
      ],
      ["owned by who makes it", type, "create", { after: {}, unknown: { owner: true } }],
      [
        "made with an owner that is not known",
        type,
        "create",
        { after: {}, unknown: { owner: true }, said: ["owner"] },
        "opens-to-everybody",
      ],
      ["given to a group", type, "update", { before: { owner: "deployer" }, after: { owner: "data-engineers" } }],
    ],
  ),
  ["was so before", "databricks_grant", "update", { before: select("users"), after: select("users") }],
  [
    "moves to another schema",
    "databricks_grant",
    "delete create",
    { before: select("users", { schema: "main.silver" }), after: select("users") },
    "opens-to-everybody",
  ],
  ["a group of one's own", "databricks_grant", "create", { after: select("analysts") }],
  ["a group with users in its name", "databricks_grant", "create", { after: select("power users") }],
  [
    "a principal that is not known",
    "databricks_grant",
    "create",
    { after: { schema: "main.gold", privileges: ["SELECT"] }, unknown: { principal: true, privileges: [false] } },
    "opens-to-everybody",
  ],
  [
    "privileges that are not known",
    "databricks_grant",
    "create",
    { after: { schema: "main.gold", principal: "analysts" }, unknown: { privileges: true } },
    "widens-access",
  ],
  [
    "everything",
    "databricks_grant",
    "update",
    { before: select("analysts"), after: select("analysts", undefined, "ALL_PRIVILEGES") },
    "widens-access",
  ],
  [
    "the right to give",
    "databricks_grant",
    "create",
    { after: select("analysts", undefined, "MANAGE") },
    "widens-access",
  ],
  [
    "a list for all",
    "databricks_grants",
    "create",
    { after: { catalog: "main", grant: [{ principal: "analysts", privileges: ["USE_CATALOG"] }] } },
    "widens-access",
  ],
  [
    "a list for all that gets shorter",
    "databricks_grants",
    "update",
    {
      before: { schema: "main.gold", grant: [select("a"), select("b")] },
      after: { schema: "main.gold", grant: [select("a")] },
    },
    "widens-access",
  ],
  [
    "a list for all that gets longer",
    "databricks_grants",
    "update",
    {
      before: { schema: "main.gold", grant: [select("a")] },
      after: { schema: "main.gold", grant: [select("a"), select("b")] },
    },
  ],
  [
    "a list that is not known",
    "databricks_grants",
    "update",
    { before: { schema: "main.gold", grant: [] }, after: { schema: "main.gold" }, unknown: { grant: true } },
    "opens-to-everybody",
  ],
  [
    "everybody may see a job",
    "databricks_permissions",
    "create",
    { after: { access_control: [{ group_name: "users", permission_level: "CAN_VIEW" }] } },
    "opens-to-everybody",
  ],
  [
    "a group that is not known may see a job",
    "databricks_permissions",
    "create",
    {
      after: { access_control: [{ permission_level: "CAN_VIEW" }] },
      unknown: { access_control: [{ group_name: true }] },
    },
    "opens-to-everybody",
  ],
  [
    "a person may see a job",
    "databricks_permissions",
    "create",
    {
      after: { access_control: [{ user_name: "a@b.c", permission_level: "CAN_VIEW" }] },
      unknown: { access_control: [{}], id: true },
    },
  ],
  [
    "everybody reads secrets",
    "databricks_secret_acl",
    "create",
    { after: { principal: "users", permission: "READ" } },
    "opens-to-everybody",
  ],
  [
    "everybody acts as a service principal",
    "databricks_access_control_rule_set",
    "create",
    { after: { grant_rules: [{ principals: ["groups/account users"], role: "roles/servicePrincipal.user" }] } },
    "opens-to-everybody",
  ],
  [
    "a dashboard with its publisher's eyes",
    "databricks_dashboard",
    "update",
    { before: { embed_credentials: false }, after: { embed_credentials: true } },
    "opens-to-everybody",
  ],
  [
    "a dashboard, perhaps with its publisher's eyes",
    "databricks_dashboard",
    "create",
    { after: {}, unknown: { embed_credentials: true } },
    "opens-to-everybody",
  ],
  ["a dashboard with the viewer's eyes", "databricks_dashboard", "create", { after: { embed_credentials: false } }],
  ...(["OPEN", null] as const).map(
    (mode): Row => [
      `isolation becomes ${mode}`,
      "databricks_catalog",
      "update",
      { before: { isolation_mode: "ISOLATED" }, after: { isolation_mode: mode } },
      "opens-to-everybody",
    ],
  ),
  [
    "isolation becomes unknown",
    "databricks_catalog",
    "update",
    { before: { isolation_mode: "ISOLATED" }, after: {}, unknown: { isolation_mode: true } },
    "opens-to-everybody",
  ],
  [
    "a location is isolated no more",
    "databricks_external_location",
    "update",
    { before: { isolation_mode: "ISOLATION_MODE_ISOLATED" }, after: { isolation_mode: "ISOLATION_MODE_OPEN" } },
    "opens-to-everybody",
  ],
  [
    "isolation begins",
    "databricks_catalog",
    "update",
    { before: { isolation_mode: "OPEN" }, after: { isolation_mode: "ISOLATED" } },
  ],
  ["isolation of a new catalog", "databricks_catalog", "create", { after: {}, unknown: { isolation_mode: true } }],
];

const engineer = other("databricks_grant", select("engineers", { volume: "main.ops.checkpoints" }, "READ_VOLUME"));
const marked = other("databricks_schema", { catalog_name: "main", name: "raw", properties: { layer: "bronze" } });
const clean = other("databricks_schema", { catalog_name: "main", name: "not_bronze", properties: { layer: "gold" } });

const RAW: readonly Row[] = [
  [
    "bronze to readers",
    "databricks_grant",
    "create",
    { after: select("analysts", { schema: "main.bronze" }) },
    "widens-access",
  ],
  [
    "bronze of a developer",
    "databricks_grant",
    "create",
    { after: select("a", { schema: "main.jane_bronze" }) },
    "widens-access",
  ],
  [
    "bronze by another name",
    "databricks_grant",
    "create",
    { after: select("a", { schema: "main.raw" }, "SELECT"), rest: [marked] },
    "widens-access",
  ],
  [
    "gold by an odd name",
    "databricks_grant",
    "create",
    { after: select("a", { schema: "main.not_bronze" }), rest: [clean] },
  ],
  [
    "landed files",
    "databricks_grant",
    "create",
    { after: select("a", { volume: "main.bronze.landing" }, "READ_VOLUME") },
    "widens-access",
  ],
  [
    "a raw table",
    "databricks_grant",
    "create",
    { after: select("a", { table: "main.bronze.orders" }) },
    "widens-access",
  ],
  ["the whole catalog", "databricks_grant", "create", { after: select("a", { catalog: "main" }) }, "widens-access"],
  [
    "a schema that is not known",
    "databricks_grant",
    "create",
    { after: select("a", {}), unknown: { schema: true } },
    "widens-access",
  ],
  [
    "bronze to engineers",
    "databricks_grant",
    "create",
    { after: select("engineers", { schema: "main.bronze" }), rest: [engineer] },
  ],
  ["the way into a catalog", "databricks_grant", "create", { after: select("a", { catalog: "main" }, "USE_CATALOG") }],
  ["gold to readers", "databricks_grant", "create", { after: select("analysts", { schema: "main.gold" }) }],
];

const job = (changes: Record<string, string>, more: Json = {}): Json => {
  const parameters = {
    action: "run",
    catalog: "main",
    checkpoints: "main/ops/checkpoints",
    schema_gold: "gold",
    landing: "l",
  };
  const all = Object.entries({ ...parameters, ...changes });
  return {
    parameter: all.map(([name, value]) => ({ name, default: value })),
    run_as: [{ service_principal_name: "sp", user_name: "" }],
    ...more,
  };
};
const runs = (what: string, after: Json, ...rules: string[]): Row => [
  what,
  "databricks_job",
  "update",
  { before: job({}), after },
  ...rules,
];

const RUNS: readonly Row[] = [
  runs("a full refresh at every run", job({ action: "full_refresh" }), "changes-the-run"),
  runs("rows deleted at every run", job({ action: "forget" }), "changes-the-run"),
  [
    "made with another action",
    "databricks_job",
    "create",
    { after: job({ action: "full_refresh" }) },
    "changes-the-run",
  ],
  [
    "an action that is not known",
    "databricks_job",
    "update",
    { before: job({}), after: job({}), unknown: { parameter: [{ default: true }] } },
    "changes-the-run",
  ],
  [
    "parameters that are not known",
    "databricks_job",
    "update",
    { before: job({}), after: {}, unknown: { parameter: true } },
    "changes-the-run",
  ],
  runs("other checkpoints", job({ checkpoints: "main/ops/new" }), "changes-the-run"),
  runs("no checkpoints", { ...job({}), parameter: [{ name: "action", default: "run" }] }, "changes-the-run"),
  runs("another catalog", job({ catalog: "other" }), "changes-the-run"),
  runs("another schema", job({ schema_gold: "mart" }), "changes-the-run"),
  runs("another landing volume", job({ landing: "elsewhere" })),
  runs("as a person", job({}, { run_as: [{ service_principal_name: null, user_name: "a@b.c" }] }), "changes-the-run"),
  [
    "made to run as a person",
    "databricks_pipeline",
    "create",
    { after: { run_as: [{ user_name: "a@b.c" }] } },
    "changes-the-run",
  ],
  [
    "as somebody who is not known",
    "databricks_job",
    "update",
    { before: job({}), after: job({}), unknown: { run_as: [{ service_principal_name: true }] } },
    "changes-the-run",
  ],
  runs("as another service principal", job({}, { run_as: [{ service_principal_name: "other" }] })),
  runs("other tags", job({}, { tags: { a: "b" } })),
  [
    "somebody's own job with an action",
    "databricks_job",
    "update",
    {
      before: { parameter: [{ name: "action", default: "a" }] },
      after: { parameter: [{ name: "action", default: "b" }] },
    },
  ],
  ["run_as is filled in", "databricks_job", "create", { after: {}, unknown: { run_as: true } }],
];

const MOVED: readonly Row[] = [
  [
    "another place",
    "databricks_external_location",
    "update",
    { before: { url: "s3://a/x" }, after: { url: "s3://b/y" } },
    "moves-storage",
  ],
  [
    "a place that is not known",
    "databricks_external_location",
    "update",
    { before: { url: "s3://a/x" }, after: {}, unknown: { url: true } },
    "moves-storage",
  ],
  [
    "another root",
    "databricks_catalog",
    "update",
    { before: { storage_root: "s3://a" }, after: { storage_root: "s3://b" } },
    "moves-storage",
  ],
  [
    "a comment",
    "databricks_external_location",
    "update",
    { before: { url: "s3://a" }, after: { url: "s3://a", comment: "x" } },
  ],
  [
    "a place that the platform chose",
    "databricks_volume",
    "update",
    { before: { storage_location: "s3://a" }, after: {}, unknown: { storage_location: true } },
  ],
  [
    "a comment on the registry",
    "databricks_sql_table",
    "update",
    { before: { comment: "a" }, after: { comment: "b" } },
  ],
];

const ROWS = [...DESTROYED, ...OPENED, ...RAW, ...RUNS, ...MOVED];

describe("the gate says to a plan", () => {
  it("what is right, for more than 120 of them", () => expect(ROWS.length).toBeGreaterThan(120));

  it.each(ROWS.map((row) => [`${row[1]}: ${row[0]} (${row[2]})`, row] as const))("%s", (_name, row) => {
    const [, , , , ...rules] = row;
    const { findings, status } = evaluatePlan(readPlan(planOf(row), "plan"));
    expect(findings.map(({ rule }) => rule)).toEqual(rules);
    expect(status).toBe(rules.length === 0 ? "passed" : "rejected");
  });
});
