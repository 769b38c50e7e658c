import { blocks, type PolicyRule } from "./rule";

/** Tags of a resource, by its type. */
const TAGS: Readonly<Record<string, (attributes: Readonly<Record<string, unknown>>) => unknown>> = {
  databricks_job: ({ tags }) => tags,
  databricks_cluster: ({ custom_tags }) => custom_tags,
  databricks_instance_pool: ({ custom_tags }) => custom_tags,
  databricks_pipeline: ({ tags }) => tags,
  databricks_sql_endpoint: ({ tags }) => blocks(tags)[0]?.["custom_tags"],
};

export const tagged: PolicyRule = {
  id: "tagged",
  why: "costs are attributed by tags",
  violation: ({ type, attributes }) => {
    const tags = TAGS[type]?.(attributes);
    if (TAGS[type] === undefined || Object.keys(tags ?? {}).length > 0) return undefined;
    return `${type} has no tags; add at least one`;
  },
};
