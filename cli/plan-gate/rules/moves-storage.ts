import { UNKNOWN } from "../../../constructs/policy/openings";
import type { Finding, GateRule } from "../finding";
import { attributes, attributesAfter, has, nameOf } from "../plan";

/** Attributes that say where the files of something lie, and that its provider changes in place. */
const WHERE: Readonly<Record<string, readonly string[]>> = {
  databricks_external_location: ["url"],
  databricks_metastore: ["storage_root"],
  databricks_catalog: ["storage_root"],
  databricks_schema: ["storage_root"],
  databricks_volume: ["storage_location"],
  databricks_sql_table: ["storage_location"],
};

/** Finds changes of storage locations: data would be looked for elsewhere and stay where they are. */
export const movesStorage: GateRule = (change, plan) => {
  if (change.mode !== "managed" || !has(change, "update")) return [];
  const [before, after] = [attributes(change.change.before), attributesAfter(change, plan)];
  return (
    (Object.hasOwn(WHERE, change.type) ? (WHERE[change.type] ?? []) : [])
      .filter((key) => said(before[key]) && before[key] !== after[key])
      // Where nothing is declared, the platform has chosen a path and keeps it.
      .filter((key) => key === "url" || (said(after[key]) && after[key] !== UNKNOWN))
      .map(
        (key): Finding => ({
          name: nameOf(change),
          rule: "moves-storage",
          type: change.type,
          action: `will look for its files at ${after[key] ?? "another path"} (${key}), not at ${before[key]}`,
          why: "The files stay where they are: whatever reads them by this name finds others, or none.",
          remedy: "Make a second one for the new path, copy what is needed, and switch over.",
        }),
      )
  );
};

function said(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
