import type { Fault } from "../faults";
import { type GoldInput, type GoldModel, goldModel, REFRESHES } from "../model/gold";
import { NAME, NAME_RULE } from "../model/names";
import { findSecret, SECRET_RULE } from "../secrets";
import { NEEDED_RULE, normalizeNeeded, splitOutside, TYPE_WORDS } from "../types";
import { didYouMean, show } from "../words";
import { type GoldBody, type Report, readBody } from "./gold-body";

/** A gold model as it stands in its file. */
export interface GoldFile {
  readonly file: string;
  /** The file's name without `.sql`. */
  readonly stem: string;
  /** undefined when the header or the body is faulty. */
  readonly model?: GoldModel;
  readonly body: GoldBody;
  /** Inputs that the header names, even where other parts are faulty. */
  readonly needs: readonly GoldInput[];
  /** Line of each header entry: `model`, `grain`, and `needs.<input>`. */
  readonly lines: ReadonlyMap<string, number>;
  readonly faults: readonly Fault[];
}

const KEYS = ["model", "description", "grain", "needs", "units", "allow", "refresh"];
/** Largest number of characters of a unit: it is shown in heads of columns and on axes. */
const LONGEST_UNIT = 12;

interface Entry {
  readonly key: string;
  readonly line: number;
  text: string;
}

/** Reads `-- key: value` lines, then the SELECT. Every fault at once, with its line. */
export function parseGoldModel(file: string, content: string): GoldFile {
  const stem = file.replace(/^.*\//, "").replace(/\.sql$/, "");
  const rows = content
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .split("\n");
  // The header is the first block of comment lines; comments after a blank line belong to the body.
  const first = rows.findIndex((row) => row.trim() !== "");
  const end = rows.findIndex((row, index) => index >= Math.max(first, 0) && !/^\s*--/.test(row));
  const length = end < 0 ? rows.length : end;
  const header = readHeader(file, rows.slice(0, length));
  const faults = [...header.faults];
  const lines = new Map<string, number>();
  const fault: Report = (line, message, code = "invalid_value", column = 1) => {
    faults.push({ file, line, column, code, message });
  };

  for (const [index, row] of rows.entries()) {
    const secret = findSecret(row);
    if (secret !== undefined) fault(index + 1, `holds ${secret}; ${SECRET_RULE}`, "secret_in_config");
  }

  const values = new Map<string, Entry[]>();
  for (const entry of header.entries) {
    values.set(entry.key, [...(values.get(entry.key) ?? []), entry]);
    if (!lines.has(entry.key)) lines.set(entry.key, entry.line);
    if (entry.key !== "needs" && (values.get(entry.key)?.length ?? 0) > 1)
      fault(entry.line, `${entry.key}: stands here twice; keep one`, "duplicate");
  }
  for (const key of ["model", "grain", "needs"]) {
    if (!values.has(key))
      fault(1, `${key}: missing; write a line "-- ${key}: ${EXAMPLES[key]}" at the top`, "missing_key");
  }

  const [model] = values.get("model") ?? [];
  const name = model?.text.trim() ?? stem;
  if (model !== undefined && !NAME.test(name)) fault(model.line, `model: found ${show(name)}; allowed: ${NAME_RULE}`);
  else if (model !== undefined && name !== stem) {
    fault(
      model.line,
      `model: found ${show(name)} in ${stem}.sql; a model is named like its file: rename one of the two`,
    );
  }
  const grain = readGrain(values.get("grain")?.[0], fault);
  const needs = readNeeds(values.get("needs") ?? [], lines, fault);
  const units = readUnits(values.get("units")?.[0], fault);
  const allowNulls = readAllow(values.get("allow")?.[0], needs, fault);
  const refresh = readRefresh(values.get("refresh")?.[0], fault);
  const body = readBody(rows, length, fault);
  const description = values.get("description")?.[0]?.text.trim() ?? "";
  const parsed =
    faults.length > 0
      ? undefined
      : goldModel.parse({
          name,
          description,
          grain,
          needs,
          sql: body.sql,
          ...body.position(0),
          ...units,
          ...allowNulls,
          refresh,
        });
  return { file, stem, body, needs, lines, faults, ...(parsed === undefined ? {} : { model: parsed }) };
}

const EXAMPLES: Readonly<Record<string, string>> = {
  model: "order_metrics",
  grain: "order_id, customer_id",
  needs: "orders(order_id string, amount decimal(18,2))",
  units: "revenue EUR, weight kg",
  allow: "nulls(orders.amount)",
};

/** Joins continuation lines to the entry above them. */
function readHeader(file: string, rows: readonly string[]): { entries: Entry[]; faults: Fault[] } {
  const entries: Entry[] = [];
  const faults: Fault[] = [];
  for (const [index, row] of rows.entries()) {
    const comment = /^\s*--\s?(.*)$/.exec(row)?.[1];
    if (comment === undefined) continue;
    const keyed = /^\s*([A-Za-z_]+)\s*:(?:\s|$)(.*)$/.exec(comment);
    const key = keyed?.[1];
    const last = entries.at(-1);
    if (key !== undefined && KEYS.includes(key)) entries.push({ key, line: index + 1, text: keyed?.[2] ?? "" });
    else if (key !== undefined && last?.key !== "description") {
      faults.push({
        file,
        line: index + 1,
        column: row.indexOf(key) + 1,
        code: "unknown_key",
        message: `${key}: unknown key${didYouMean(key, KEYS)} allowed: ${KEYS.join(", ")}`,
      });
    } else if (last !== undefined) last.text += ` ${comment.trim()}`;
  }
  return { entries, faults };
}

function readGrain(entry: Entry | undefined, fault: Report): string[] {
  if (entry === undefined) return [];
  const columns = entry.text.split(",").map((column) => column.trim());
  for (const [index, column] of columns.entries()) {
    if (!isColumn(column)) fault(entry.line, `grain: found ${show(column)}; allowed: column names separated by commas`);
    else if (columns.findIndex((other) => other.toLowerCase() === column.toLowerCase()) !== index)
      fault(entry.line, `grain: ${column} stands here twice; keep one`, "duplicate");
  }
  return columns;
}

function readNeeds(entries: readonly Entry[], lines: Map<string, number>, fault: Report): GoldInput[] {
  const inputs: GoldInput[] = [];
  const seen = new Set<string>();
  for (const { text, line } of entries) {
    const pattern = /\s*([^\s(),]+)\s*\(((?:[^()]|\([^()]*\))*)\)\s*(?:,|$)?/y;
    let end = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      end = pattern.lastIndex;
      const input = match[1] ?? "";
      if (!NAME.test(input)) fault(line, `needs: found ${show(input)}; allowed: the name of a topic or gold model`);
      if (seen.has(input))
        fault(line, `needs: ${input} stands here twice; put all its columns into one list`, "duplicate");
      seen.add(input);
      lines.set(`needs.${input}`, line);
      inputs.push({ input, columns: readColumns(input, match[2] ?? "", line, fault) });
    }
    const rest = text.slice(end).trim();
    if (rest !== "" || end === 0) {
      fault(line, `needs: found ${show(rest)}; allowed: topic(column type, ...), for example ${EXAMPLES.needs}`);
    }
  }
  return inputs;
}

/** `column unit, column unit, …`: units of columns of the result. */
function readUnits(entry: Entry | undefined, fault: Report): { units?: Record<string, string> } {
  if (entry === undefined) return {};
  const units: Record<string, string> = {};
  for (const part of entry.text.split(",").map((pair) => pair.trim())) {
    const [, column = "", unit = ""] = /^(\S+)\s+(.+)$/.exec(part) ?? [];
    if (!isColumn(column) || unit.length > LONGEST_UNIT) {
      const rule = `column unit, separated by commas, a unit of at most ${LONGEST_UNIT} characters`;
      fault(entry.line, `units: found ${show(part)}; allowed: ${rule}, for example ${EXAMPLES.units}`);
    } else if (Object.keys(units).some((other) => other.toLowerCase() === column.toLowerCase())) {
      fault(entry.line, `units: ${column} stands here twice; keep one`, "duplicate");
    } else units[column] = unit;
  }
  return { units };
}

/** `nulls(input.column, …)`: what the model bears. */
function readAllow(entry: Entry | undefined, needs: readonly GoldInput[], fault: Report): { allowNulls?: string[] } {
  if (entry === undefined) return {};
  const list = /^nulls\s*\(([^()]*)\)$/.exec(entry.text.trim())?.[1];
  if (list === undefined) {
    fault(entry.line, `allow: found ${show(entry.text.trim())}; allowed: ${EXAMPLES.allow}`);
    return {};
  }
  const known = needs.flatMap(({ input, columns }) => columns.map(({ name }) => `${input}.${name}`));
  const names = list.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name))
      fault(
        entry.line,
        `allow: found ${show(name)}${didYouMean(name, known)} allowed: input.column of needs, such as ${known[0] ?? "orders.amount"}`,
        "unknown_name",
      );
  }
  return { allowNulls: names };
}

function readRefresh(entry: Entry | undefined, fault: Report): GoldModel["refresh"] {
  const word = entry?.text.trim() ?? "auto";
  const known = REFRESHES.find((one) => one === word);
  if (known === undefined)
    fault(
      entry?.line ?? 1,
      `refresh: found ${show(word)}${didYouMean(word, REFRESHES)} allowed: ${REFRESHES.join(", ")}`,
    );
  return known ?? "auto";
}

function readColumns(input: string, list: string, line: number, fault: Report): GoldInput["columns"] {
  const columns: GoldInput["columns"] = [];
  // A comma inside of decimal(18,2) or struct<…> separates nothing.
  for (const part of splitOutside(list)) {
    const [, quoted, plain = "", written = ""] = /^\s*(?:`([^`]+)`|([^\s`]*))\s*(.*?)\s*$/.exec(part) ?? [];
    const column = quoted ?? plain;
    const type = normalizeNeeded(written);
    const where = `needs: ${input}.${column}`;
    if (quoted === undefined && !isColumn(column))
      fault(
        line,
        `needs: found ${show(part.trim())} in ${input}(…); allowed: column type, for example amount decimal(18,2), a column that is no plain name in backquotes`,
      );
    else if (type === undefined) {
      const found = written === "" ? "missing type;" : `found type ${show(written)}${didYouMean(written, TYPE_WORDS)}`;
      fault(line, `${where}: ${found} allowed: ${NEEDED_RULE}`);
    } else if (columns.some((other) => other.name.toLowerCase() === column.toLowerCase()))
      fault(line, `${where}: stands here twice; keep one`, "duplicate");
    else columns.push({ name: column, type });
  }
  return columns;
}

function isColumn(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);
}
