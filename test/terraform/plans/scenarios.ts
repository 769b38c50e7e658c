import { one, type StackJson, unprotected } from "./stack";
import type { State } from "./state";

/** A change of a deployed stack, and what the gate must say to Terraform's plan of it. */
export interface Scenario {
  readonly what: string;
  /** Changes a copy of the stack. */
  readonly change: (stack: StackJson) => StackJson;
  /** Changes the state, where the scenario is about one. @default - the state after a first deploy */
  readonly state?: (state: State) => State | undefined;
  /** Addresses that the gate must name, by pattern, each with its rule; none: the plan passes. */
  readonly rejected: readonly (readonly [rule: string, name: RegExp])[];
  /** What it must say besides. */
  readonly notices?: readonly RegExp[];
}

const removal = (type: string, pattern?: RegExp) => (stack: StackJson) => {
  const [name] = one(stack, type, pattern);
  delete stack.resource[type]![name];
  return stack;
};

const edit =
  (type: string, pattern: RegExp, values: (before: Record<string, unknown>) => object) => (stack: StackJson) => {
    const [, before] = one(stack, type, pattern);
    Object.assign(before, values(before));
    return stack;
  };

type Column = { readonly name: string; readonly type: string };

/** Name of the file of the plan -> scenario. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "first-deploy": { what: "nothing exists yet", change: (s) => s, state: () => undefined, rejected: [] },
  "no-change": { what: "nothing changed", change: (s) => s, rejected: [] },
  harmless: {
    what: "a comment, a new group that reads, a smaller warehouse, a policy less",
    change: (stack) => {
      edit("databricks_schema", /gold/, () => ({ comment: "Business metrics, daily." }))(stack);
      edit("databricks_sql_endpoint", /./, () => ({ auto_stop_mins: 5 }))(stack);
      const [, grant] = one(stack, "databricks_grant");
      stack.resource["databricks_grant"]!["Grants_gold-finance"] = { ...grant, principal: "finance" };
      return removal("databricks_cluster_policy")(stack);
    },
    rejected: [],
  },
  "destroy-schema": {
    what: "a schema left the code, and its prevent_destroy with it",
    change: removal("databricks_schema", /silver/),
    rejected: [["destroys-data", /databricks_schema\..*silver/]],
  },
  "destroy-volume": {
    what: "the landing volume left the code",
    change: removal("databricks_volume", /Landing/),
    rejected: [["destroys-data", /databricks_volume\..*Landing/]],
  },
  "destroy-registry": {
    what: "the registry table left the code",
    change: removal("databricks_sql_table"),
    rejected: [["destroys-data", /databricks_sql_table\..*Registry/]],
  },
  "destroy-pipeline": {
    what: "the declarative pipeline left the code",
    change: removal("databricks_pipeline"),
    rejected: [["destroys-data", /databricks_pipeline\./]],
  },
  "destroy-everything": {
    what: "the whole stack left the code, the catalog too",
    change: (stack) => ({ ...stack, resource: {} }),
    rejected: [
      ["destroys-data", /databricks_catalog\./],
      ...["bronze", "silver", "gold", "ops"].map((layer) => ["destroys-data", new RegExp(`Schema-${layer}_`)] as const),
      ["destroys-data", /Landing/],
      ["destroys-data", /Checkpoints/],
      ["destroys-data", /Registry/],
      ["destroys-data", /databricks_pipeline\./],
    ],
  },
  "replace-volume": {
    what: "protection removed, and the volume becomes an external one",
    change: (stack) =>
      edit("databricks_volume", /Landing/, () => ({
        volume_type: "EXTERNAL",
        storage_location: "s3://landing-elsewhere/files",
      }))(unprotected(stack)),
    rejected: [["destroys-data", /databricks_volume\..*Landing/]],
  },
  "replace-catalog": {
    what: "protection removed, and the catalog moves to another storage",
    change: (stack) =>
      edit("databricks_catalog", /./, () => ({ storage_root: "s3://elsewhere/catalog" }))(unprotected(stack)),
    rejected: [["destroys-data", /databricks_catalog\./]],
  },
  "replace-create-first": {
    what: "protection removed, another storage, and the new one is to be made before the old one goes",
    change: (stack) =>
      edit("databricks_schema", /gold/, () => ({
        storage_root: "s3://elsewhere/gold",
        lifecycle: { create_before_destroy: true },
      }))(unprotected(stack)),
    rejected: [["destroys-data", /databricks_schema\..*gold/]],
  },
  "replace-pipeline": {
    what: "protection removed, and the pipeline leaves Unity Catalog",
    change: (stack) => {
      const [name, { catalog: _, schema: __, serverless: ___, ...rest }] = one(
        unprotected(stack),
        "databricks_pipeline",
      );
      stack.resource["databricks_pipeline"]![name] = { ...rest, storage: "dbfs:/elsewhere" };
      return stack;
    },
    rejected: [["destroys-data", /databricks_pipeline\./]],
  },
  "pipeline-writes-elsewhere": {
    what: "the pipeline writes to another catalog, which its provider changes in place",
    change: edit("databricks_pipeline", /./, () => ({ catalog: "elsewhere" })),
    rejected: [],
    notices: [/its tables stay behind/],
  },
  "drop-column": {
    what: "the registry table is declared with a column less",
    change: edit("databricks_sql_table", /./, ({ column }) => ({
      column: (column as Column[]).filter(({ name }) => name !== "changes"),
    })),
    rejected: [["drops-columns", /databricks_sql_table\./]],
  },
  "rename-column": {
    what: "a column of the registry table gets another name",
    change: edit("databricks_sql_table", /./, ({ column }) => ({
      column: (column as Column[]).map((each) => (each.name === "changes" ? { ...each, name: "differences" } : each)),
    })),
    rejected: [["drops-columns", /databricks_sql_table\./]],
  },
  "open-to-everybody": {
    what: "gold is given to everybody in the account",
    change: edit("databricks_grant", /./, () => ({ principal: "account users" })),
    rejected: [["opens-to-everybody", /databricks_grant\./]],
  },
  "owned-by-everybody": {
    what: "a schema gets everybody as its owner",
    change: edit("databricks_schema", /bronze/, () => ({ owner: "account users" })),
    rejected: [["opens-to-everybody", /databricks_schema\..*bronze/]],
  },
  "unknown-principal": {
    what: "gold is given to somebody whom only the apply knows, in place of the analysts",
    change: (stack) => {
      stack.resource["terraform_data"] = { who: { input: "account users" } };
      return edit("databricks_grant", /./, () => ({ principal: "${terraform_data.who.output}" }))(stack);
    },
    rejected: [["opens-to-everybody", /databricks_grant\./]],
  },
  "bronze-to-readers": {
    what: "readers get bronze in place of gold",
    change: edit("databricks_grant", /./, () => ({ schema: "medallion.bronze" })),
    rejected: [["widens-access", /databricks_grant\./]],
  },
  "renamed-without-moved": {
    what: "a construct got another id",
    change: (stack) => {
      const [name, values] = one(stack, "databricks_schema", /silver/);
      delete stack.resource["databricks_schema"]![name];
      stack.resource["databricks_schema"]!["Silver_Renamed"] = values;
      return stack;
    },
    rejected: [["destroys-data", /databricks_schema\..*silver/]],
  },
  moved: {
    what: "a construct got another id, and a moved block says so",
    change: (stack) => {
      const [name, values] = one(stack, "databricks_schema", /silver/);
      delete stack.resource["databricks_schema"]![name];
      stack.resource["databricks_schema"]!["Silver_Renamed"] = values;
      return { ...stack, moved: [{ from: `databricks_schema.${name}`, to: "databricks_schema.Silver_Renamed" }] };
    },
    rejected: [],
    notices: [/moves to databricks_schema\.Silver_Renamed/],
  },
  forgotten: {
    what: "a schema leaves the code by a removed block that does not destroy",
    change: (stack) => {
      const [name] = one(stack, "databricks_schema", /silver/);
      removal("databricks_schema", /silver/)(stack);
      return { ...stack, removed: [{ from: `databricks_schema.${name}`, lifecycle: { destroy: false } }] };
    },
    rejected: [],
    notices: [/silver.* is forgotten/],
  },
  "left-over": {
    what: "an earlier replacement left an old object of the volume, which Terraform now destroys",
    change: (s) => s,
    state: (state) => ({
      ...state,
      resources: state.resources.map((resource) =>
        resource.type === "databricks_volume" && /Landing/.test(resource.name)
          ? { ...resource, instances: [...resource.instances, { ...resource.instances[0], deposed: "0a1b2c3d" }] }
          : resource,
      ),
    }),
    rejected: [["destroys-data", /databricks_volume\..*Landing.*#0a1b2c3d/]],
  },
  "force-destroy": {
    what: "a schema gets force_destroy",
    change: (stack) => edit("databricks_schema", /gold/, () => ({ force_destroy: true }))(stack),
    rejected: [],
    notices: [/gets force_destroy/],
  },
};
