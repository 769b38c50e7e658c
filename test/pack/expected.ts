import { existsSync } from "node:fs";
import { join } from "node:path";

/** A synthesized stack as far as it is looked at here. */
export interface StackJson {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

type Check = (stack: StackJson, folder: string) => string[];

/** What each example must come to. */
export const CHECKS: Readonly<Record<string, Check>> = {
  "compose-pipeline": (stack, folder) => {
    const [job] = Object.values(stack.resource["databricks_job"] ?? {});
    const files = ["databricks_notebook", "databricks_workspace_file"].flatMap((type) =>
      Object.values(stack.resource[type] ?? {}),
    );
    return [
      ...expectThat(stack.resource["databricks_catalog"] === undefined, "the existing catalog is made anew"),
      ...expectThat(stack.resource["databricks_cluster_policy"] === undefined, "the existing policy is made anew"),
      ...expectThat(JSON.stringify(job).includes('"policy_id":"D96308F1BF0003A8"'), "the policy is not used"),
      ...expectThat(job?.["budget_policy_id"] !== undefined, "the override did not reach the job"),
      ...expectThat(files.length === 8, `${files.length} workspace files, not 8`),
      ...files
        .map(({ source }) => String(source))
        .filter((source) => !existsSync(join(folder, source)))
        .map((source) => `${source} is not there`),
    ];
  },
  "one-construct": (stack) => {
    const counts = Object.entries(stack.resource).map(([type, all]) => `${type} ${Object.keys(all).length}`);
    const wanted = ["databricks_grant 2", "databricks_schema 1", "databricks_volume 1"];
    return expectThat(counts.sort().join() === wanted.join(), `declares ${counts.join(", ")}`);
  },
};

function expectThat(holds: boolean, otherwise: string): string[] {
  return holds ? [] : [otherwise];
}
