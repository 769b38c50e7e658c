import type { TopicConfig } from "../model/topic";
import type { Known, Report } from "../reading/checked";
import type { Path } from "../reading/yaml-file";
import { formatFault, TIME_FORMATS } from "../times";
import { formattedHint, HINT_RULE, HINT_WORDS, mapHint, normalizeHint, TYPE_WORDS } from "../types";
import { RESERVED_COLUMNS } from "../vocabulary";
import { didYouMean, show } from "../words";

/** Characters that Delta rejects in the name of a column. */
const REJECTED = /[ ,;{}()\n\t=]/;

/**
 * Names of columns in a topic, as the source or as silver spells them: no two fields share one column, and no setting
 * names a field twice. Names are compared without regard to case; one that both a field and a column have means the field
 * in keys and sequenceBy, and the column in hints.
 */
export function checkColumns({ silver, schema, unwrap }: Known<TopicConfig>, report: Report): void {
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
    if (RESERVED_COLUMNS.includes(fold(column)))
      report(
        path,
        `${show(column)} is reserved for the pipeline; allowed: any name but ${RESERVED_COLUMNS.join(", ")}`,
      );
    else if (REJECTED.test(column))
      report(path, `found ${show(column)}; a column of Delta has no blank and none of , ; { } ( ) =`);
    else checkSilverName(column, path, report);
  }

  /** The field that is meant. Another one may have taken its name over: rename: { a: b, b: c }. */
  const meant = (name: string | undefined): string | undefined => {
    if (name === undefined) return undefined;
    const folded = fold(name);
    return columnOf.has(folded) ? folded : fold(fieldOf.get(folded) ?? folded);
  };
  const keys = silver?.keys ?? [];
  for (const [index, key] of keys.entries()) {
    const path: Path = ["silver", "keys", index];
    if (keys.findIndex((other) => meant(other) === meant(key)) !== index)
      report(path, `${show(key)} stands here twice; keep one`);
  }
  const order = silver?.sequenceBy;
  const fields = order === undefined ? [] : typeof order === "string" ? [order] : order;
  for (const [index, field] of fields.entries()) {
    if (field === undefined) continue;
    const path: Path = ["silver", "sequenceBy", ...(typeof order === "string" ? [] : [index])];
    if (keys.some((key) => meant(key) === meant(field))) {
      report(path, `${show(field)} is a key; rows of one key differ in the field that orders them`);
    } else if (fields.findIndex((other) => meant(other) === meant(field)) !== index)
      report(path, `${show(field)} stands here twice; keep one`);
    const column = columnOf.get(meant(field) ?? "") ?? field;
    const names = [column, field].map(fold);
    const [, hint] = Object.entries(schema?.hints ?? {}).find(([name]) => names.includes(fold(name))) ?? [];
    if (silver?.sequenceType !== "text" && /^(string|boolean)$/i.test(hint?.trim() ?? ""))
      report(
        path,
        `${show(field)} has the hint ${show(hint ?? "")}, which orders nothing; allowed: a number or a time, or sequenceType: text`,
      );
  }
  const unwrapped = unwrap !== undefined && (unwrap === "debezium" || unwrap.sequence !== undefined);
  if (silver?.sequenceType !== undefined && order === undefined && !unwrapped)
    report(["silver", "sequenceType"], "there is no sequenceBy that it could be the type of; add one, or remove it");

  const hinted = new Map<string, string>();
  for (const [column, type] of Object.entries(schema?.hints ?? {})) {
    const path: Path = ["schema", "hints", column];
    const field = fold(fieldOf.get(fold(column)) ?? column);
    const other = hinted.get(field);
    if (other !== undefined) report(path, `${show(column)} and ${show(other)} are one field; keep one hint`);
    hinted.set(field, column);
    if (RESERVED_COLUMNS.includes(fold(column)))
      report(path, `${show(column)} is a column of the pipeline itself; remove the hint`);
    else checkSilverName(column, path, report);
    if (typeof type === "string") checkType(type, path, report);
  }
}

function checkType(type: string, path: Path, report: Report): void {
  if (normalizeHint(type) !== undefined) return;
  const value = mapHint(type);
  if (value !== undefined) {
    checkType(value.trim(), path, report);
    return;
  }
  if (/^map\b/i.test(type)) {
    report(
      path,
      `found type ${show(type)}; a map has keys of text and values of one type, in quotes as its comma ends a value in { }: "map<string, bigint>"`,
    );
    return;
  }
  const formatted = formattedHint(type);
  if (formatted !== undefined) {
    const named =
      formatted.type === "timestamp" ? ` Formats with a name: ${Object.keys(TIME_FORMATS).join(", ")}.` : "";
    report(path, `found type ${show(type)}: ${formatFault(formatted.type, formatted.pattern)}.${named}`);
    return;
  }
  if (/^(decimal|numeric|timestamp|date)\s*\([^)]*$/i.test(type)) {
    const quoted = /^(decimal|numeric)/i.test(type) ? "decimal(18,4)" : `${type}, …)`;
    report(
      path,
      `found type ${show(type)} without its closing ); in { } a comma ends a value: put the type in quotes, as "${quoted}"`,
    );
  } else
    report(path, `found type ${show(type)}${didYouMean(type, [...TYPE_WORDS, ...HINT_WORDS])} allowed: ${HINT_RULE}`);
}

function checkSilverName(column: string, path: Path, report: Report): void {
  const wanted = column.trim();
  if (wanted === "") report(path, "found a blank name; allowed: the name of a silver column");
  else if (wanted !== column) report(path, `found ${show(column)}; take the blanks around the name away`);
}

function fold(name: string): string {
  return name.toLowerCase();
}
