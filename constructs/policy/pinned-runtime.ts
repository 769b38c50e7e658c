import { blocks, type PolicyRule } from "./rule";

const PINNED = /^\d+\.\d+\.x-[a-z0-9-]*scala\d\.\d+$/;

export const pinnedRuntime: PolicyRule = {
  id: "pinned-runtime",
  why: "a runtime that changes by itself changes results without a deploy",
  violation: ({ type, attributes }) => {
    const versions = clustersOf(type, attributes).map(({ spark_version }) => spark_version);
    const loose = versions.find(
      (version) => typeof version === "string" && !version.includes("${") && !PINNED.test(version),
    );
    return loose === undefined
      ? undefined
      : `spark_version "${loose}" is not pinned; write one such as 17.3.x-scala2.13`;
  },
};

function clustersOf(type: string, attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  if (type === "databricks_cluster") return [attributes];
  if (type !== "databricks_job") return [];
  return [...blocks(attributes["job_cluster"]), ...blocks(attributes["task"])].flatMap(({ new_cluster }) =>
    blocks(new_cluster),
  );
}
