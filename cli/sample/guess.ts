import { counted } from "../../spec";
import type { InnerField, Sample, SampleField } from "./observe";

/** Settings guessed of a topic, each with the reason that is written beside it. */
export interface Guess {
  readonly mode: "append" | "upsert";
  readonly modeWhy: string;
  readonly key?: string;
  readonly keyWhy?: string;
  readonly sequence?: string;
  /** An expression that says when a row deletes its key. */
  readonly deleteWhen?: string;
  /** Fields that look like money. */
  readonly money: readonly SampleField[];
  /** Fields whose column would be an escape (`unit_x20_price`), with a better name for each. */
  readonly rename: Readonly<Record<string, string>>;
}

/** The type of money unless somebody knows better. */
export const MONEY_TYPE = "decimal(18,4)";

/** Names of fields that say when a row was changed, the best one first. */
const SEQUENCES = [
  ...["updatedat", "updateat", "modifiedat", "changedat", "lastupdated", "lastupdatedat", "lastmodified"],
  ...["lastmodifiedat", "updated", "modified", "updatetime", "updatedts", "eventtime", "eventts", "eventtimestamp"],
  ...["eventat", "occurredat", "sequence", "sequencenumber", "seq", "version", "timestamp", "ts"],
];
const ORDERED = /^(timestamp|date|int|bigint|double|decimal)/;
const MONEY = /price|amount|cost|fare|total|fee|tax|revenue|balance|discount|salary|margin|paid|refund|payment/i;
const NUMBER = /^(int|bigint|double|decimal)/;
/** Seconds, milliseconds or microseconds since 1970, of this century. */
const SINCE_1970 = /^(9{10}|9{13}|9{16})$/;

/** Looks at names, types and counts; nothing here is certain, so all of it is written as something to check. */
export function guess(topic: string, found: Sample): Guess {
  const rename = guessNames(found.fields);
  const sample = renamed(found, rename);
  // A path is written as it is: the column that it makes is called by `rename`.
  const inner = (found.inner ?? []).map((field) => ({ ...field, column: field.name }));
  const key = guessKey(topic, sample) ?? guessKey(topic, { ...sample, fields: inner });
  const sequence = guessSequence(sample.fields, key) ?? guessSequence(inner, key);
  return {
    ...guessMode(key, sequence, sample),
    key: key?.column,
    keyWhy:
      key === undefined
        ? undefined
        : `${key.distinct} different ${key.distinct === 1 ? "value" : "values"} in ${counted(key.values, "record")}`,
    sequence: sequence?.column,
    deleteWhen: guessDelete(sample.fields),
    money: sample.fields.filter(isMoney),
    rename: { ...rename, ...nameInner([key, sequence], inner, sample.fields) },
  };
}

/** A plain name for each field that a path takes out, such as customer_id, where no field has it. */
function nameInner(
  taken: readonly (SampleField | undefined)[],
  inner: readonly SampleField[],
  fields: readonly SampleField[],
): Record<string, string> {
  const names = new Set(fields.flatMap(({ name, column }) => [name.toLowerCase(), column.toLowerCase()]));
  const found: Record<string, string> = {};
  for (const field of inner.filter((each) => taken.includes(each))) {
    const column = field.name.replace(/[^\p{L}\p{N}_]+/gu, "_").replace(/^_+|_+$/g, "");
    if (column !== "" && !names.has(column.toLowerCase())) found[field.name] = column;
  }
  return found;
}

/** The sample with the columns that its fields have after `rename`. */
export function renamed(sample: Sample, rename: Guess["rename"]): Sample {
  const fields = sample.fields.map((field) => ({ ...field, column: rename[field.name] ?? field.column }));
  return { ...sample, fields };
}

/** A plain name for each field of which Delta rejects the name, or which the pipeline has itself; no two alike. */
function guessNames(fields: readonly SampleField[]): Record<string, string> {
  const taken = new Set(fields.flatMap(({ name, column }) => (name === column ? [column.toLowerCase()] : [])));
  const names: Record<string, string> = {};
  for (const { name } of fields.filter(({ name, column }) => name !== column)) {
    const plainName = name.replace(/[^\p{L}\p{N}_]+/gu, "_").replace(/^_+|_+$/g, "") || "field";
    let free = plainName;
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${plainName}_${number}`;
    taken.add(free.toLowerCase());
    names[name] = free;
  }
  return names;
}

/**
 * The topic's own id (orders: order_id), then id, then a field with the name of the topic (orders: order) or another id
 * that never repeats. An id of something else that repeats is a key only where a sequence says which of its rows to keep.
 * A key has a value in every record.
 */
function guessKey(topic: string, { fields, records, unusable }: Sample): SampleField | undefined {
  const possible = fields.filter(
    ({ type, values }) => type !== null && !/[<{]/.test(type) && values === records - unusable,
  );
  const ids = possible.filter(({ name }) => isId(name));
  const own = [singular(topic), topic].flatMap((word) => [`${word}id`.replaceAll("_", ""), `${word}key`]);
  const unique = ({ distinct, values }: SampleField) => distinct === values;
  return (
    ids.find(({ name }) => own.includes(plain(name))) ??
    ids.find(({ name }) => plain(name) === "id") ??
    possible.find((field) => plain(field.name) === plain(singular(topic)) && unique(field)) ??
    ids.find(unique) ??
    (guessSequence(fields, ids[0]) === undefined ? undefined : ids[0])
  );
}

/** Return whether a field looks like an amount of money, which wants an exact decimal. */
export function isMoney(field: SampleField): boolean {
  return MONEY.test(field.column) && isQuantity(field);
}

/** Return whether a field is a number that is no identifier, version or time: one that can be added up. */
export function isQuantity({ name, type, shape }: SampleField): boolean {
  return (
    type !== null && NUMBER.test(type) && !isId(name) && !SEQUENCES.includes(plain(name)) && !SINCE_1970.test(shape)
  );
}

/** The hint by which a field that looks like a time is read; undefined where it is none, or is one already. */
export function timeHint({ name, type, shape }: SampleField): string | undefined {
  if (type === null || isId(name)) return undefined;
  if (NUMBER.test(type))
    return SINCE_1970.test(shape)
      ? { 10: "timestamp_seconds", 13: "timestamp_millis", 16: "timestamp_micros" }[shape.length]
      : undefined;
  if (type !== "string") return undefined;
  if (/^Aaa, 99? Aaa 9999 99:99/.test(shape)) return "timestamp(rfc2822)";
  const [, separator, time, seconds, half] = /^99([/.-])99(?:\1)9999( 99:99(:99)?( [aA]{2})?)?$/.exec(shape) ?? [];
  if (separator === undefined) return undefined;
  const day = (separator === "/" ? ["MM", "dd", "yyyy"] : ["dd", "MM", "yyyy"]).join(separator);
  if (time === undefined) return `date(${day})`;
  return `timestamp(${day} ${half === undefined ? "HH" : "hh"}:mm${seconds === undefined ? "" : ":ss"}${half === undefined ? "" : " a"})`;
}

/** Return whether a field looks like the identifier of something. */
export function isId(name: string): boolean {
  return /(^|[_\W])(id|uuid|guid|key)$/i.test(name) || /[a-z](Id|ID|Uuid|Key)$/.test(name);
}

function guessSequence(fields: readonly SampleField[], key?: SampleField): SampleField | undefined {
  const possible = fields.filter((field) => field !== key && field.type !== null && ORDERED.test(field.type));
  return SEQUENCES.map((word) => possible.find((field) => plain(leafOf(field)) === word)).find(
    (field) => field !== undefined,
  );
}

/** The last name of a path; the name of a field that is none. */
function leafOf(field: SampleField | InnerField): string {
  return "leaf" in field ? field.leaf : field.name;
}

function guessMode(key: SampleField | undefined, sequence: SampleField | undefined, { records }: Sample) {
  if (key === undefined) return { mode: "append", modeWhy: "no field looks like a key" } as const;
  if (sequence !== undefined) return { mode: "upsert", modeWhy: `the latest row per ${key.column}` } as const;
  const repeated = key.distinct < key.values;
  return {
    mode: "upsert",
    modeWhy: `the latest row per ${key.column}${repeated ? "" : `; append if a row never changes (no key repeats in ${records} records)`}`,
  } as const;
}

function guessDelete(fields: readonly SampleField[]): string | undefined {
  const named = (names: string[], type: string) =>
    fields.find((field) => names.includes(plain(field.name)) && field.type === type)?.column;
  const operation = named(["op", "operation", "optype", "changetype"], "string");
  if (operation !== undefined) return `${operation} = 'D'`;
  return named(["deleted", "isdeleted"], "boolean");
}

/** updatedAt, updated_at and UPDATED-AT are one word. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function singular(topic: string): string {
  return topic
    .replace(/ies$/, "y")
    .replace(/(ss|x|ch|sh)es$/, "$1")
    .replace(/([^s])s$/, "$1");
}
