import type { TopicConfig } from "../model/topic";
import type { Known, Report } from "../reading/checked";
import type { Path } from "../reading/yaml-file";
import { normalizeType, TYPE_RULE, TYPE_WORDS } from "../types";
import { didYouMean, show } from "../words";

/** Columns that the pipeline itself adds to silver. */
const AUDIT = ["ingest_ts", "_source", "_schema_version", "_row_id", "_field_faults"];

/**
 * Names of columns in a topic: keys and sequenceBy name fields of the source, what stands after `rename` names silver
 * columns, and no two fields share one column. Names of fields and columns are compared without regard to case.
 */
export function checkColumns({ silver, schema }: Known<TopicConfig>, report: Report): void {
  const renames = Object.entries(silver?.rename ?? {}).map(([field, column]): [string, string] => [
    field,
    column ?? "",
  ]);
  const columnOf = new Map(renames.map(([field, column]) => [fold(field), column]));
  const fieldOf = new Map<string, string>();
  for (const [field, column] of renames) {
    const path: Path = ["silver", "rename", field];
    const other = fieldOf.get(fold(column));
    if (other !== undefined) {
      report(path, `${show(column)} is already the silver name of ${show(other)}; two fields cannot share one column`);
    } else fieldOf.set(fold(column), field);
    if (field.trim() === "") report(path, "found a blank field; allowed: the name of a field of the source");
    if (AUDIT.includes(fold(column)) || column.startsWith("_")) {
      report(
        path,
        `${show(column)} is reserved for the pipeline; allowed: any name but ingest_ts, without a leading _`,
      );
    } else checkSilverName(column, path, report);
  }

  const useField = (field: string, path: Path) => {
    const source = fieldOf.get(fold(field));
    // Another field may have taken the name over: rename: { a: b, b: c }.
    if (source !== undefined && !columnOf.has(fold(field))) {
      report(
        path,
        `${show(field)} is a silver name; keys and sequenceBy name the field of the source: ${show(source)}`,
      );
    }
  };
  const keys = silver?.keys ?? [];
  for (const [index, key] of keys.entries()) {
    const path: Path = ["silver", "keys", index];
    if (keys.findIndex((other) => fold(other) === fold(key)) !== index)
      report(path, `${show(key)} stands here twice; keep one`);
    else useField(key, path);
  }
  const order = silver?.sequenceBy;
  const fields = order === undefined ? [] : typeof order === "string" ? [order] : order;
  for (const [index, field] of fields.entries()) {
    if (field === undefined) continue;
    const path: Path = ["silver", "sequenceBy", ...(typeof order === "string" ? [] : [index])];
    if (keys.some((key) => key !== undefined && fold(key) === fold(field))) {
      report(path, `${show(field)} is a key; rows of one key differ in the field that orders them`);
    } else if (fields.findIndex((other) => other !== undefined && fold(other) === fold(field)) !== index)
      report(path, `${show(field)} stands here twice; keep one`);
    else useField(field, path);
    const column = columnOf.get(fold(field)) ?? field;
    const [, hint] = Object.entries(schema?.hints ?? {}).find(([name]) => fold(name) === fold(column)) ?? [];
    if (silver?.sequenceType !== "text" && /^(string|boolean)$/i.test(hint?.trim() ?? ""))
      report(
        path,
        `${show(field)} has the hint ${show(hint ?? "")}, which orders nothing; allowed: a number or a time, or sequenceType: text`,
      );
  }
  if (silver?.sequenceType !== undefined && order === undefined)
    report(["silver", "sequenceType"], "there is no sequenceBy that it could be the type of; add one, or remove it");

  for (const [column, type] of Object.entries(schema?.hints ?? {})) {
    const path: Path = ["schema", "hints", column];
    const renamed = columnOf.get(fold(column));
    if (renamed !== undefined && !fieldOf.has(fold(column))) {
      report(path, `${show(column)} is renamed; use its silver name ${show(renamed)}`);
    } else if (AUDIT.includes(fold(column)))
      report(path, `${show(column)} is a column of the pipeline itself; remove the hint`);
    else checkSilverName(column, path, report);
    if (typeof type === "string") checkType(type, path, report);
  }
}

function checkType(type: string, path: Path, report: Report): void {
  if (normalizeType(type) !== undefined) return;
  if (/^decimal\(\s*\d+$/.test(type)) {
    report(path, `found type ${show(type)}; in { } a comma ends a value: put the type in quotes, as "decimal(18,4)"`);
  } else report(path, `found type ${show(type)}${didYouMean(type, TYPE_WORDS)} allowed: ${TYPE_RULE}`);
}

function checkSilverName(column: string, path: Path, report: Report): void {
  const wanted = column.trim().toLowerCase();
  if (wanted === "") report(path, "found a blank name; allowed: the name of a silver column");
  else if (wanted !== column) report(path, `found ${show(column)}; silver names are lower case: ${show(wanted)}`);
}

function fold(name: string): string {
  return name.toLowerCase();
}
