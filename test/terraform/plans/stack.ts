import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A synthesized stack, as it is changed to see what Terraform plans. */
export interface StackJson {
  readonly terraform: Record<string, unknown>;
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
  [block: string]: unknown;
}

/** What of production is planned: everything that holds data, and a little that does not. */
const KEPT: readonly (readonly [type: string, name: RegExp])[] = [
  ["databricks_catalog", /./],
  ["databricks_schema", /./],
  ["databricks_volume", /./],
  ["databricks_sql_table", /./],
  ["databricks_sql_endpoint", /./],
  ["databricks_grant", /gold-analysts/],
  ["databricks_cluster_policy", /./],
];

/** Attributes that are long and say nothing here. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = { databricks_cluster_policy: ["definition"] };

/** The stack of an environment, reduced, with its state beside it, and with a pipeline, which is data-bearing too. */
export function reducedStack(folder: string): StackJson {
  const stack: StackJson = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
  const resource: StackJson["resource"] = {};
  for (const [type, pattern] of KEPT) {
    const entries = Object.entries(stack.resource[type] ?? {}).filter(([name]) => pattern.test(name));
    resource[type] = Object.fromEntries(entries.map(([name, values]) => [name, tidy(type, values)]));
  }
  resource["databricks_pipeline"] = {
    Pipeline_Declarative: {
      name: "retail declarative",
      serverless: true,
      catalog: "medallion",
      schema: "gold",
      library: [{ file: [{ path: "/Workspace/medallion/gold.py" }] }],
      lifecycle: { prevent_destroy: true },
    },
  };
  const { backend: _, ...terraform } = stack.terraform;
  return { terraform, provider: stack["provider"], resource };
}

function tidy(type: string, values: Record<string, unknown>): Record<string, unknown> {
  const { "//": _, ...kept } = values;
  if (LEFT_OUT[type]?.includes("definition")) return { ...kept, definition: "{}" };
  return kept;
}

/** The stack without protection: what is left when somebody removes it from the code. */
export function unprotected(stack: StackJson): StackJson {
  const copy: StackJson = structuredClone(stack);
  for (const resources of Object.values(copy.resource))
    for (const values of Object.values(resources)) delete values["lifecycle"];
  return copy;
}

/** The only resource of a type whose name matches. */
export function one(stack: StackJson, type: string, name = /./): [string, Record<string, unknown>] {
  const found = Object.entries(stack.resource[type] ?? {}).filter(([key]) => name.test(key));
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} resources ${type} like ${name}`);
  return found[0];
}
