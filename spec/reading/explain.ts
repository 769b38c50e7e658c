import { z } from "zod";
import { didYouMean, nearest, show } from "../words";
import type { Path } from "./yaml-file";

/** What zod found, in the user's words. */
export interface Problem {
  readonly path: Path;
  /** The key is wrong (unknown), not its value. */
  readonly atKey: boolean;
  /** Without the path. */
  readonly message: string;
}

type Schema = z.core.$ZodType;
type Shape = Readonly<Record<string, Schema>>;

/** Checks a value against a schema and explains every fault. Unions are judged by the option that was meant. */
export function explain(schema: Schema, value: unknown): Problem[] {
  return check(schema, value, []);
}

function check(schema: Schema, value: unknown, path: Path): Problem[] {
  const result = z.safeParse(schema, value);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    const steps = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
    const found = valueAt(value, steps);
    const at = [...path, ...steps];
    const inner = schemaAt(schema, steps, value);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...at, key], atKey: true, message: unknownKey(key, inner) }));
    }
    if (issue.code === "invalid_union") return checkUnion(inner, found, at);
    return [{ path: at, atKey: found === undefined, message: complain(found, allowedBy(inner, issue), inner) }];
  });
}

/** Finds the option that was meant and explains what is wrong with it. */
function checkUnion(schema: Schema, value: unknown, path: Path): Problem[] {
  const options = optionsOf(schema);
  const problem = (message: string): Problem[] => [{ path, atKey: value === undefined, message }];
  if (!isMapping(value)) return problem(complain(value, allowed(schema), schema));
  const discriminator = discriminatorOf(schema);
  if (discriminator !== undefined) {
    return [
      {
        path,
        atKey: value[discriminator] === undefined,
        message: complain(value[discriminator], allowed(schema), schema),
      },
    ];
  }
  const keys = Object.keys(value);
  const all = options.flatMap((option) => Object.keys(shapeOf(option) ?? {}));
  const meant = options.filter((option) => Object.keys(shapeOf(option) ?? {}).some((key) => keys.includes(key)));
  const [only, second] = meant;
  if (only !== undefined && second === undefined) return check(only, value, path);
  if (second !== undefined) {
    const given = keys.filter((key) => all.includes(key));
    return problem(`found ${given.join(" and ")} together; allowed: exactly one of ${all.join(", ")}`);
  }
  const [first] = keys;
  if (first === undefined) return problem(`found an empty mapping; allowed: ${allowed(schema)}`);
  return keys.map((key) => ({ path: [...path, key], atKey: true, message: unknownKeyOf(key, all) }));
}

function complain(found: unknown, allowedWords: string, schema: Schema): string {
  if (found === undefined) return `missing; allowed: ${allowedWords}`;
  const words = wordsOf(schema);
  const guess = typeof found === "string" && words.length > 0 ? didYouMean(found, words) : ";";
  return `found ${show(found)}${guess} allowed: ${allowedWords}`;
}

function unknownKey(key: string, schema: Schema): string {
  const union = unwrap(schema);
  if (union instanceof z.ZodObject) return unknownKeyOf(key, Object.keys(union.shape));
  return unknownKeyOf(
    key,
    optionsOf(union).flatMap((option) => Object.keys(shapeOf(option) ?? {})),
  );
}

function unknownKeyOf(key: string, all: readonly string[]): string {
  const guess = nearest(key, all);
  return `unknown key${guess === undefined ? ";" : `; did you mean "${guess}"?`} allowed: ${all.join(", ")}`;
}

/** What an issue says is allowed; the schema's own words where zod's are poorer. */
function allowedBy(schema: Schema, issue: z.core.$ZodIssue): string {
  if (issue.code === "too_small")
    return issue.origin === "array"
      ? "at least one entry"
      : limit(schema, "at least", Number(issue.minimum), issue.inclusive);
  if (issue.code === "too_big") return limit(schema, "at most", Number(issue.maximum), issue.inclusive);
  if (issue.code === "invalid_format" || issue.code === "custom") return issue.message;
  if (issue.code === "invalid_type" && issue.expected === "int") return "a whole number";
  return allowed(schema);
}

function limit(schema: Schema, word: string, bound: number, inclusive: boolean | undefined): string {
  const inner = unwrap(schema);
  const whole = inner instanceof z.ZodNumber && inner.isInt;
  const value = inclusive === false ? (word === "at least" ? bound + 1 : bound - 1) : bound;
  return `a ${whole ? "whole " : ""}number, ${word} ${value}`;
}

/** What a schema allows, in words. */
function allowed(schema: Schema): string {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodString || inner instanceof z.ZodURL) return "text";
  if (inner instanceof z.ZodNumber) return inner.isInt ? "a whole number" : "a number";
  if (inner instanceof z.ZodBoolean) return "true, false";
  if (inner instanceof z.ZodEnum) return inner.options.join(", ");
  if (inner instanceof z.ZodLiteral) return [...inner.values].map(String).join(", ");
  if (inner instanceof z.ZodArray) return "a list";
  if (inner instanceof z.ZodRecord) return "a mapping of names to text";
  if (inner instanceof z.ZodObject) return `a mapping with ${Object.keys(inner.shape).join(", ")}`;
  const discriminator = discriminatorOf(inner);
  if (discriminator !== undefined)
    return wordsOf(inner)
      .map((word) => `${discriminator}: ${word}`)
      .join(", ");
  return optionsOf(inner).map(allowedOption).join(", ");
}

function allowedOption(schema: Schema): string {
  const shape = shapeOf(schema);
  if (shape === undefined) return allowed(schema);
  return `{ ${Object.entries(shape)
    .map(([key, value]) => `${key}: ${unwrap(value) instanceof z.ZodLiteral ? allowed(value) : "…"}`)
    .join(", ")} }`;
}

/** Words between which a value chooses, for "did you mean". */
function wordsOf(schema: Schema): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodEnum) return inner.options.map(String);
  if (inner instanceof z.ZodLiteral) return [...inner.values].map(String);
  const discriminator = discriminatorOf(inner);
  return optionsOf(inner).flatMap((option) => {
    const chosen = discriminator === undefined ? option : shapeOf(option)?.[discriminator];
    return chosen === undefined ? [] : wordsOf(chosen);
  });
}

/** The schema that judges the value at a path; a union is resolved by the value. */
function schemaAt(schema: Schema, path: Path, value: unknown): Schema {
  let inner = schema;
  let here = value;
  for (const step of path) {
    inner = choose(unwrap(inner), here);
    // A discriminator's own issue has the key in its path, but it is the union that knows what is allowed.
    if (discriminatorOf(inner) === step) return inner;
    if (inner instanceof z.ZodObject) inner = (inner.shape as Shape)[String(step)] ?? inner;
    else if (inner instanceof z.ZodArray) inner = inner.element;
    else if (inner instanceof z.ZodRecord) inner = inner.valueType;
    here = isMapping(here) || Array.isArray(here) ? (here as Record<string | number, unknown>)[step] : undefined;
  }
  return choose(unwrap(inner), here);
}

function choose(schema: Schema, value: unknown): Schema {
  const discriminator = discriminatorOf(schema);
  if (discriminator === undefined || !isMapping(value)) return schema;
  return (
    optionsOf(schema).find((option) =>
      wordsOf(shapeOf(option)?.[discriminator] ?? option).includes(String(value[discriminator])),
    ) ?? schema
  );
}

function unwrap(schema: Schema): Schema {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
    inner = inner.unwrap();
  return inner;
}

function optionsOf(schema: Schema): Schema[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? [...inner.options] : [];
}

function discriminatorOf(schema: Schema): string | undefined {
  return schema instanceof z.ZodDiscriminatedUnion ? schema.def.discriminator : undefined;
}

function shapeOf(schema: Schema): Shape | undefined {
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? (inner.shape as Shape) : undefined;
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
