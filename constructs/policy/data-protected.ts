import { blocks, type PolicyRule } from "./rule";

/** Resources whose destruction loses data. */
export const DATA_BEARING: readonly string[] = [
  "databricks_catalog",
  "databricks_schema",
  "databricks_volume",
  "databricks_sql_table",
  "databricks_pipeline",
];

export const dataProtected: PolicyRule = {
  id: "data-protected",
  why: "production protects its data",
  violation: ({ type, attributes, mode }) => {
    if (mode !== "production" || !DATA_BEARING.includes(type)) return undefined;
    if (attributes["force_destroy"] === true) return `${type} has force_destroy in production; remove it`;
    const guarded = blocks(attributes["lifecycle"]).some(({ prevent_destroy }) => prevent_destroy === true);
    return guarded ? undefined : `${type} may be destroyed in production; set lifecycle { prevent_destroy = true }`;
  },
};
