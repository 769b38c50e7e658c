import type { TopicConfig } from "../model/topic";
import { isBrokenPath, pathName, type Step, stepsOf } from "../paths";
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
 * in keys, sequenceBy and track, and the column in hints.
 */
export function checkColumns({ silver, schema, unwrap }: Known<TopicConfig>, report: Report): void {
  const renames = Object.entries(silver?.rename ?? {}).map(([field, column]): [string, string] => [
    field,
    column ?? "",
  ]);
  const columnOf = new Map(renames.map(([field, column]) => [pathName(stepsOf(field)), column]));
  const fieldOf = new Map<string, string>();
  for (const [field, column] of renames) {
    const path: Path = ["silver", "rename", field];
    checkPath(field, path, ONE_FIELD, unwrap, report);
    const other = fieldOf.get(fold(column));
    if (other !== undefined) {
      report(
        path,
        `${show(column)} is already the silver name of ${show(other)}; two fields cannot share one column`,
        "duplicate",
      );
    } else fieldOf.set(fold(column), field);
    if (field.trim() === "") report(path, "found a blank field; allowed: the name of a field of the source");
    if (RESERVED_COLUMNS.includes(fold(column)))
      report(
        path,
        `${show(column)} is reserved for the pipeline; allowed: any name but ${RESERVED_COLUMNS.join(", ")}`,
        "reserved_name",
      );
    else if (REJECTED.test(column))
      report(path, `found ${show(column)}; a column of Delta has no blank and none of , ; { } ( ) =`);
    else checkSilverName(column, path, report);
  }

  /** The source of a column that a name begins with; a path begins in no field that a path has taken out. */
  const sourceOf = (name: string, inner: readonly Step[]): readonly Step[] => {
    const source = fieldOf.get(name);
    const steps = source === undefined ? [name] : stepsOf(source);
    return inner.length === 0 || steps.length === 1 ? steps : [name];
  };

  /** The field that is meant. Another one may have taken its name over: rename: { a: b, b: c }. */
  const meant = (name: string | undefined): string | undefined => {
    if (name === undefined) return undefined;
    const [first, ...inner] = stepsOf(name);
    const isField = typeof first !== "string" || columnOf.has(first);
    return pathName([...(isField ? [first ?? null] : sourceOf(first, inner)), ...inner]);
  };
  const keys = silver?.keys ?? [];
  for (const [index, key] of keys.entries()) {
    const path: Path = ["silver", "keys", index];
    if (key !== undefined) checkPath(key, path, ONE_FIELD, unwrap, report);
    if (keys.findIndex((other) => meant(other) === meant(key)) !== index)
      report(path, `${show(key)} stands here twice; keep one`, "duplicate");
  }
  const order = silver?.sequenceBy;
  const fields = order === undefined ? [] : typeof order === "string" ? [order] : order;
  for (const [index, field] of fields.entries()) {
    if (field === undefined) continue;
    const path: Path = ["silver", "sequenceBy", ...(typeof order === "string" ? [] : [index])];
    checkPath(field, path, ONE_FIELD, unwrap, report);
    if (keys.some((key) => meant(key) === meant(field))) {
      report(path, `${show(field)} is a key; rows of one key differ in the field that orders them`, "conflicting_keys");
    } else if (fields.findIndex((other) => meant(other) === meant(field)) !== index)
      report(path, `${show(field)} stands here twice; keep one`, "duplicate");
    const column = columnOf.get(meant(field) ?? "") ?? field;
    const names = [column, field].map((name) => pathName(stepsOf(name)));
    const [, hint] =
      Object.entries(schema?.hints ?? {}).find(([name]) => names.includes(pathName(stepsOf(name)))) ?? [];
    if (silver?.sequenceType !== "text" && /^(string|boolean)$/i.test(hint?.trim() ?? ""))
      report(
        path,
        `${show(field)} has the hint ${show(hint ?? "")}, which orders nothing; allowed: a number or a time, or sequenceType: text`,
        "conflicting_keys",
      );
  }
  const track = silver?.track ?? [];
  for (const [index, field] of track.entries()) {
    if (field === undefined) continue;
    const path: Path = ["silver", "track", index];
    const same = (other: string | undefined): boolean => meant(other) === meant(field);
    checkPath(field, path, ONE_FIELD, unwrap, report);
    if (keys.some(same)) report(path, `${show(field)} is a key, which no two rows of a key differ in; remove it`);
    else if (fields.some(same))
      report(path, `${show(field)} orders the rows and changes with each of them; remove it, or remove track`);
    else if (track.findIndex(same) !== index) report(path, `${show(field)} stands here twice; keep one`);
  }
  const unwrapped = unwrap !== undefined && (unwrap === "debezium" || unwrap.sequence !== undefined);
  if (silver?.sequenceType !== undefined && order === undefined && !unwrapped)
    report(
      ["silver", "sequenceType"],
      "there is no sequenceBy that it could be the type of; add one, or remove it",
      "conflicting_keys",
    );

  const hinted = new Map<string, Hinted>();
  for (const [column, type] of Object.entries(schema?.hints ?? {})) {
    const path: Path = ["schema", "hints", column];
    checkPath(column, path, MANY_FIELDS, unwrap, report);
    const [first, ...inner] = stepsOf(column);
    const steps = [...(typeof first === "string" ? sourceOf(first, inner) : [null]), ...inner];
    const field = pathName(steps);
    const other = hinted.get(field)?.column;
    if (other !== undefined)
      report(path, `${show(column)} and ${show(other)} are one field; keep one hint`, "duplicate");
    else checkInside({ column, steps }, [...hinted.values()], path, report);
    hinted.set(field, { column, steps });
    if (RESERVED_COLUMNS.includes(fold(column)))
      report(path, `${show(column)} is a column of the pipeline itself; remove the hint`, "reserved_name");
    else checkSilverName(column, path, report);
    if (typeof type === "string") checkType(type, path, report);
  }
  const named: [Path, string | undefined][] = [
    ...keys.map((key, index): [Path, string | undefined] => [["silver", "keys", index], key]),
    ...fields.map((field): [Path, string | undefined] => [["silver", "sequenceBy"], field]),
    ...track.map((field, index): [Path, string | undefined] => [["silver", "track", index], field]),
    ...renames.map(([field]): [Path, string | undefined] => [["silver", "rename", field], field]),
  ];
  for (const [path, name] of named) {
    const steps = stepsOf(name ?? "");
    const other = [...hinted.values()].find((each) => splitAt(steps, each.steps) !== undefined);
    const at = other === undefined ? undefined : splitAt(steps, other.steps);
    if (other !== undefined && at !== undefined)
      report(
        path,
        `${show(name ?? "")} leads into ${show(pathName(steps.slice(0, at)))}, which is an array by the hint ${show(other.column)}; ${ONE_FIELD}`,
        "conflicting_keys",
      );
  }
}

const ONE_FIELD = "allowed: the name of a field, or a path of one, such as customer.id or ['odd name'].id";
const MANY_FIELDS = "allowed: the name of a field, or a path, such as price.amount, items[].sku or ['odd name'].id";

/** Checks a name that may be a path. With `unwrap`, it begins in the row and not in the event around it. */
function checkPath(
  name: string,
  path: Path,
  allowed: string,
  unwrap: Known<TopicConfig>["unwrap"],
  report: Report,
): void {
  const steps = stepsOf(name);
  if (isBrokenPath(name) || steps[0] === null) report(path, `found ${show(name)}, which is no path; ${allowed}`);
  else if (allowed === ONE_FIELD && steps.includes(null))
    report(path, `found ${show(name)}, which names many values: those of an array; ${allowed}`);
  const parts = unwrap === "debezium" ? { value: "after", before: "before" } : unwrap;
  const part = [parts?.value, parts?.before]
    .map((each) => each?.replace(/^\$\.?/, ""))
    .find((each) => each !== undefined && name.startsWith(`${each}.`));
  if (part !== undefined) {
    const inside = name.slice(part.length + 1);
    report(
      path,
      `found ${show(name)}; settings name fields of the row that unwrap takes out of ${show(part)}: write ${show(inside)}`,
      "conflicting_keys",
    );
  }
}

interface Hinted {
  readonly column: string;
  readonly steps: readonly Step[];
}

/** No hint lies inside of what another one types as a whole, and one name is not an object here and an array there. */
function checkInside(hint: Hinted, others: readonly Hinted[], path: Path, report: Report): void {
  for (const other of others) {
    const [outer, inner] = other.steps.length < hint.steps.length ? [other, hint] : [hint, other];
    const at = splitAt(hint.steps, other.steps) ?? splitAt(other.steps, hint.steps);
    if (outer.steps.every((step, index) => inner.steps[index] === step))
      report(
        path,
        `${show(inner.column)} lies inside of ${show(outer.column)}, whose hint types all of it; keep one`,
        "conflicting_keys",
      );
    else if (at !== undefined)
      report(
        path,
        `${show(hint.column)} and ${show(other.column)} do not agree: ${show(pathName(hint.steps.slice(0, at)))} is an array in one of them; write its elements as [] in both`,
        "conflicting_keys",
      );
  }
}

/** Index at which a path goes on with a name where another one has the elements of an array. */
function splitAt(path: readonly Step[], other: readonly Step[]): number | undefined {
  const at = path.findIndex((step, index) => step !== other[index]);
  return at > 0 && at < other.length && other[at] === null ? at : undefined;
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
