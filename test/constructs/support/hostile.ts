import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What Terraform would evaluate, in every way of writing it; without a blank, so that addresses may hold it too. */
export const HOSTILE = '${file("/etc/passwd")}%{if.true}$${path.cwd}$%{x}%${y}$';

/** Around the hostile text, for keys that want a certain form. */
const FORMS = [
  (text: string) => text,
  (text: string) => `a@${text}`,
  (text: string) => `'${text}'`,
  (text: string) => `s3://bucket/${text.replaceAll("/", "")}`,
  (text: string) => `https://h${text.replaceAll("/", "")}`,
  (text: string) => `arn:aws:iam::123456789012:role/${text}`,
  (text: string) => `/x/accessConnectors/${text.replaceAll("/", "")}`,
];

/** Texts of a form, for keys that must be there beside the hostile one. */
const PLAIN = [
  "main",
  "https://h.example",
  "s3://bucket/x",
  "/Shared/x",
  "main.bronze.landing",
  "17.3.x-scala2.13",
  "string",
  "0 0 6 * * ?",
  "host:9092",
  "1",
];

/** What the walks here know of a JSON Schema. */
export type Schema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
};

/** A schema of config/schemas. */
export function readSchema(file: string): Schema {
  return JSON.parse(readFileSync(join(__dirname, "../../../config/schemas", file), "utf8")) as Schema;
}

/** Values of a config file, by the path of a text in it (key of a map, or value), in which that text is hostile. */
export function hostileValues(file: string, text = HOSTILE): Map<string, unknown[]> {
  const schema = readSchema(file);
  const values = new Map<string, unknown[]>();
  for (const [path, value] of within(schema, "", text)) values.set(path, [...(values.get(path) ?? []), value]);
  return values;
}

function* within(schema: Schema, path: string, text: string): Generator<[string, unknown]> {
  for (const option of schema.anyOf ?? schema.oneOf ?? []) yield* within(option, path, text);
  if (isText(schema)) {
    for (const form of FORMS) if (accepts(schema, form(text))) yield [path, form(text)];
  }
  if (schema.items !== undefined)
    for (const [at, value] of within(schema.items, `${path}[]`, text)) yield [at, [value]];
  const base = minimal({ ...schema, anyOf: undefined, oneOf: undefined });
  for (const [key, inner] of Object.entries(schema.properties ?? {}))
    for (const [at, value] of within(inner, `${path}.${key}`, text)) yield [at, { ...(base as object), [key]: value }];
  if (typeof schema.additionalProperties !== "object") return;
  for (const [at, value] of within(schema.additionalProperties, `${path}.*`, text)) yield [at, { a: value }];
  if (accepts(schema.propertyNames ?? {}, text))
    yield [`${path}.<key>`, { [text]: minimal(schema.additionalProperties) }];
}

/** The smallest value that a schema takes. */
function minimal(schema: Schema): unknown {
  const option = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (option !== undefined) return minimal(option);
  if ("const" in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === "array") return schema.items === undefined ? [] : [minimal(schema.items)];
  if (schema.type === "boolean") return true;
  if (schema.type === "integer" || schema.type === "number")
    return schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1;
  if (schema.type === "string") return PLAIN.find((text) => accepts(schema, text));
  return Object.fromEntries(
    (schema.required ?? []).map((key) => [key, minimal(schema.properties?.[key] ?? {})] as const),
  );
}

function isText({ type, enum: values, ...schema }: Schema): boolean {
  return type === "string" && values === undefined && !("const" in schema);
}

function accepts(schema: Schema, text: string): boolean {
  return schema.pattern === undefined || z.string().regex(new RegExp(schema.pattern, "u")).safeParse(text).success;
}
