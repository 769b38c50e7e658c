import { z } from "zod";
import type { Path } from "./yaml-file";

/** Walking zod schemas: zod says that a value is wrong, these say what the schema would have liked. */
export type Schema = z.core.$ZodType;
export type Shape = Readonly<Record<string, Schema>>;

/** The schema without defaults and optionality. */
export function unwrap(schema: Schema): Schema {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap();
  }
  return inner;
}

/** The options of a union; none for anything else. */
export function optionsOf(schema: Schema): Schema[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? [...inner.options] : [];
}

/** The key by which a union chooses, if it has one. */
export function discriminatorOf(schema: Schema): string | undefined {
  return schema instanceof z.ZodDiscriminatedUnion ? schema.def.discriminator : undefined;
}

/** The keys of a mapping and what evaluates each. */
export function shapeOf(schema: Schema): Shape | undefined {
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? (inner.shape as Shape) : undefined;
}

/** All keys that a mapping, or any option of a union, knows. */
export function keysOf(schema: Schema): string[] {
  const keys = [...optionsOf(schema), schema].flatMap((option) => Object.keys(shapeOf(option) ?? {}));
  return [...new Set(keys)];
}

/** The keys that tell the options of a union apart: those that an option cannot do without. */
export function requiredKeysOf(schema: Schema): string[] {
  const shapes = [...optionsOf(schema), schema].map((option) => Object.entries(shapeOf(option) ?? {}));
  return [...new Set(shapes.flat().flatMap(([key, inner]) => (unwrap(inner) === inner ? [key] : [])))];
}

/** The schema that evaluates the value at a path. A union on the way is resolved by the value, one at the end is not. */
export function schemaAt(schema: Schema, path: Path, value: unknown): Schema {
  let inner = unwrap(schema);
  let here = value;
  for (const step of path) {
    // A fault of the discriminator itself has its key in the path, but only the union knows what is allowed.
    if (discriminatorOf(inner) === step) return inner;
    inner = chosen(inner, here);
    // Of a union without a discriminator, the option that has the key is meant.
    inner = optionsOf(inner).find((option) => keysOf(option).includes(String(step))) ?? inner;
    if (inner instanceof z.ZodObject) inner = (inner.shape as Shape)[String(step)] ?? inner;
    else if (inner instanceof z.ZodArray) inner = inner.element;
    else if (inner instanceof z.ZodRecord) inner = inner.valueType;
    inner = unwrap(inner);
    here = valueAt(here, [step]);
  }
  return inner;
}

/** The option of a union that the value chooses by its discriminator; any other schema as it is. */
export function chosen(schema: Schema, value: unknown): Schema {
  const discriminator = discriminatorOf(schema);
  if (discriminator === undefined || !isMapping(value)) return schema;
  const wanted = value[discriminator];
  return optionsOf(schema).find((option) => literalOf(option, discriminator) === wanted) ?? schema;
}

/** The one value that an option of a union allows for a key. */
export function literalOf(option: Schema, key: string): unknown {
  const schema = shapeOf(option)?.[key];
  const inner = schema === undefined ? undefined : unwrap(schema);
  return inner instanceof z.ZodLiteral ? [...inner.values][0] : undefined;
}

export function isText(schema: Schema): boolean {
  return unwrap(schema) instanceof z.ZodString;
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
