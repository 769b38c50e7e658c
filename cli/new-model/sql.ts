import { nameFault } from "../../spec";
import { isId, isMoney, isQuantity, MONEY_TYPE } from "../sample/guess";
import type { Sample, SampleField } from "../sample/observe";

/** A metric that makes sense of a topic: counts and sums per value of one column. */
export interface ModelGuess {
  /** The column that identifies a row. */
  readonly grain: string;
  /** SQL expression that computes the grain from the topic's columns. */
  readonly expression: string;
  /** The column of the topic that the grain is made of. */
  readonly group: Column;
  /** Columns that are added up. */
  readonly sums: readonly Column[];
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Types that a model can ask for by name; nested ones it cannot. */
const PLAIN = /^(string|boolean|int|bigint|double|date|timestamp|decimal\(\d+,\d+\))$/;
/** More groups than this are no overview. */
const MOST_GROUPS = 50;
const MOST_SUMS = 3;

/**
 * Guesses a first metric over a topic: per category, else per day, else per value of the first column.
 *
 * @param rename fields of the source and their names in silver
 * @returns undefined where the sample has no column that a model can read
 */
export function guessModel(sample: Sample, rename: Readonly<Record<string, string>> = {}): ModelGuess | undefined {
  const readable = sample.fields.filter(isReadable);
  const sums = readable.filter(isQuantity).slice(0, MOST_SUMS);
  const groups = readable.filter((field) => !isQuantity(field));
  const category = groups.find(
    ({ name, type, values, distinct }) =>
      !isId(name) && /^(string|boolean)$/.test(type ?? "") && distinct < values && distinct <= MOST_GROUPS,
  );
  const day = groups.find(({ type }) => type === "date" || type === "timestamp");
  const group = category ?? day ?? groups[0];
  if (group === undefined) return undefined;
  const silver = (field: SampleField): Column => ({
    name: rename[field.name] ?? rename[field.column] ?? field.column,
    type: isMoney(field) ? MONEY_TYPE : String(field.type),
  });
  const column = silver(group);
  const perDay = group.type === "timestamp";
  return {
    grain: perDay ? `${column.name}_day` : column.name,
    expression: perDay ? `date(${column.name})` : column.name,
    group: column,
    sums: sums.map(silver),
  };
}

/** Return whether a model can name the column without quotes. */
function isReadable({ column, type }: SampleField): boolean {
  return type !== null && PLAIN.test(type) && nameFault(column.toLowerCase().replace(/^_+/, "")) === undefined;
}

/** The file of a model: its header, and one SELECT. */
export function modelSql(model: string, topic: string, { grain, expression, group, sums }: ModelGuess): string {
  const needs = [group, ...sums].map(({ name, type }) => `${name} ${type}`);
  const columns = [
    expression === grain ? grain : `${expression} AS ${grain}`,
    "count(*) AS row_count",
    ...sums.map(({ name }) => `sum(${name}) AS total_${name}`),
  ];
  return [
    `-- model: ${model}`,
    `-- description: Rows of ${topic} per ${grain}.`,
    `-- grain: ${grain}`,
    `-- needs: ${topic}(${needs.join(", ")})`,
    `SELECT ${columns.join(",\n       ")}`,
    `FROM ${topic}`,
    `GROUP BY ${expression}`,
    "",
  ].join("\n");
}
