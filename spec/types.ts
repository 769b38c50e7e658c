import { formatFault, isNamedFormat } from "./times";

/** The SQL types that gold models may name. */
const PLAIN = ["string", "boolean", "int", "bigint", "double", "date", "timestamp"];

/** Description of the allowed types. */
export const TYPE_RULE = `${PLAIN.join(", ")}, decimal(p,s) with 1 <= p <= 38 and 0 <= s <= p`;

/** The type in its one spelling (`decimal(18,2)`), or undefined when it is none. */
export function normalizeType(type: string): string | undefined {
  const lower = type.trim().toLowerCase();
  if (PLAIN.includes(lower)) return lower;
  const decimal = /^decimal\s*\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(lower);
  if (decimal === null) return undefined;
  const [precision, scale] = [Number(decimal[1]), Number(decimal[2])];
  return precision >= 1 && precision <= 38 && scale <= precision ? `decimal(${precision},${scale})` : undefined;
}

/** Description of the types that gold models may name. */
export const NEEDED_RULE = `${TYPE_RULE}; array<type>, map<string, type>, struct<field: type, ...>`;

/** The type of a column that a gold model needs in its one spelling (`struct<city:string>`), or undefined when it is none. */
export function normalizeNeeded(type: string): string | undefined {
  const [, kind, inside] = /^\s*(struct|array|map)\s*<(.*)>\s*$/is.exec(type) ?? [];
  if (kind === undefined || inside === undefined) return normalizeType(SYNONYMS[type.trim().toLowerCase()] ?? type);
  const parts = splitOutside(inside);
  const word = kind.toLowerCase();
  if (word === "struct") {
    const fields = parts.map(neededField);
    const names = fields.map((field) => field?.name.toLowerCase());
    if (fields.some((field) => field === undefined) || new Set(names).size < names.length) return undefined;
    return `struct<${fields.map((field) => `${quoted(field?.name ?? "")}:${field?.type ?? ""}`).join(",")}>`;
  }
  if (word === "map" && (parts.length !== 2 || parts[0]?.trim().toLowerCase() !== "string")) return undefined;
  if (word === "array" && parts.length !== 1) return undefined;
  const value = normalizeNeeded(parts.at(-1) ?? "");
  if (value === undefined) return undefined;
  return word === "map" ? `map<string,${value}>` : `array<${value}>`;
}

/** Splits a list at its commas outside of brackets and backquotes. */
export function splitOutside(list: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const [piece] of list.matchAll(/`[^`]*`|[\s\S]/g)) {
    if ("(<".includes(piece)) depth += 1;
    if (")>".includes(piece)) depth -= 1;
    if (piece === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

function neededField(text: string): { name: string; type: string } | undefined {
  const [, inQuotes, plain, written] = /^\s*(?:`([^`]+)`|([\p{L}_][\p{L}\p{N}_]*))\s*:\s*(.*?)\s*$/su.exec(text) ?? [];
  const [name, type] = [inQuotes ?? plain, written === undefined ? undefined : normalizeNeeded(written)];
  return name === undefined || type === undefined ? undefined : { name, type };
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``;
}

/** Types that only hints know: numbers that count from 1970-01-01T00:00:00Z become timestamps. */
const EPOCHS = ["timestamp_seconds", "timestamp_millis", "timestamp_micros"];
/** A hint that only hints know: the JSON text of anything, as text. */
const JSON_TEXT = "json";
/** Other names of types in hints. */
const SYNONYMS: Readonly<Record<string, string>> = {
  integer: "int",
  long: "bigint",
  float: "double",
  decimal: "decimal(38,0)",
};

/** All words that a hint may be, beside `decimal(p,s)`. */
export const HINT_WORDS: readonly string[] = [...PLAIN, ...EPOCHS, JSON_TEXT, ...Object.keys(SYNONYMS)];

/** Description of the allowed hints. */
export const HINT_RULE = `${TYPE_RULE}; ${EPOCHS.join(", ")} for numbers that count from 1970; timestamp(<format>), date(<format>); json; map<string, a type of these>`;

/** The parts of a hint with a format, `timestamp(dd/MM/yyyy HH:mm)`; undefined for other hints. */
export function formattedHint(hint: string): { type: "timestamp" | "date"; pattern: string } | undefined {
  const [, type, pattern] = /^\s*(timestamp|date)\s*\((.*)\)\s*$/is.exec(hint) ?? [];
  if (type === undefined || pattern === undefined) return undefined;
  const name = pattern.trim().toLowerCase();
  return { type: type.toLowerCase() as "timestamp" | "date", pattern: isNamedFormat(name) ? name : pattern.trim() };
}

/** The hint of the values of a map, `map<string, T>`; undefined for other hints. */
export function mapHint(hint: string): string | undefined {
  return /^\s*map\s*<\s*string\s*,(.*)>\s*$/is.exec(hint)?.[1];
}

/** The type of a hint in its one spelling, or undefined when it is none. */
export function normalizeHint(hint: string): string | undefined {
  const valueHint = mapHint(hint);
  if (valueHint !== undefined) {
    const value = normalizeHint(valueHint);
    return value === undefined ? undefined : `map<string,${value}>`;
  }
  const formatted = formattedHint(hint);
  if (formatted !== undefined) {
    const { type, pattern } = formatted;
    return formatFault(type, pattern) === undefined ? `${type}(${pattern})` : undefined;
  }
  const lower = hint.trim().toLowerCase();
  if (EPOCHS.includes(lower) || lower === JSON_TEXT) return lower;
  return SYNONYMS[lower] ?? normalizeType(lower.replace(/^numeric\b/, "decimal").replace(/\(\s*(\d+)\s*\)$/, "($1,0)"));
}

/** Words near which a wrong type may be. */
export const TYPE_WORDS: readonly string[] = [...PLAIN, "decimal(18,2)"];
