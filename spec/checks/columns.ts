import type { TopicConfig } from "../model/topic";
import type { Known, Report } from "../reading/checked";
import type { Path } from "../reading/yaml-file";
import { normalizeType, TYPE_RULE, TYPE_WORDS } from "../types";
import { didYouMean, show } from "../words";

/** Columns that the pipeline itself adds to silver; besides, every name with a leading _ is its own. */
const AUDIT = new Set(["ingest_ts"]);

/** Names of columns in a topic: one silver name per field, and silver names everywhere else. */
export function checkColumns({ silver, schema }: Known<TopicConfig>, report: Report): void {
  const renames = Object.entries(silver?.rename ?? {});
  const renamed = new Map(renames.map(([field, column]) => [field.toLowerCase(), String(column)]));
  const owners = new Map<string, string>();
  for (const [field, column] of renames) {
    const path: Path = ["silver", "rename", field];
    const other = owners.get(String(column).toLowerCase());
    if (field.trim() === "") report(path, "found a blank field; allowed: the name of a field of the source");
    if (typeof column !== "string") continue;
    if (other !== undefined)
      report(path, `${show(column)} is already the silver name of ${show(other)}; two fields cannot share one column`);
    else owners.set(column.toLowerCase(), field);
    checkSilverName(column, path, report);
  }

  // A column is known by its silver name only; after `rename: { a: b }` there is no a, unless another field became it.
  const use = (column: string, path: Path) => {
    const now = renamed.get(column.toLowerCase());
    if (now !== undefined && !owners.has(column.toLowerCase())) {
      report(path, `${show(column)} is renamed; use its silver name ${show(now)}`);
    } else checkSilverName(column, path, report);
  };
  const keys = silver?.keys ?? [];
  for (const [index, key] of keys.entries()) {
    if (keys.indexOf(key) !== index) report(["silver", "keys", index], `${show(key)} stands here twice; keep one`);
    else use(key, ["silver", "keys", index]);
  }
  if (silver?.sequenceBy !== undefined) use(silver.sequenceBy, ["silver", "sequenceBy"]);
  for (const [column, type] of Object.entries(schema?.hints ?? {})) {
    const path: Path = ["schema", "hints", column];
    use(column, path);
    if (typeof type === "string" && normalizeType(type) === undefined) {
      report(path, `found type ${show(type)}${didYouMean(type, TYPE_WORDS)} allowed: ${TYPE_RULE}`);
    }
  }
}

function checkSilverName(column: string, path: Path, report: Report): void {
  if (AUDIT.has(column.toLowerCase()) || column.startsWith("_")) {
    report(
      path,
      `${show(column)} is a column of the pipeline itself; choose another name (not ingest_ts, no leading _)`,
    );
  } else if (column !== column.toLowerCase() || column.trim() !== column || column === "") {
    report(
      path,
      `found ${show(column)}; silver names are lower case without blanks around them: ${show(column.trim().toLowerCase())}`,
    );
  }
}
