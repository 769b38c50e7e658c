import { z } from "zod";
import {
  discriminatorOf,
  keysOf,
  literalOf,
  optionsOf,
  requiredKeysOf,
  type Schema,
  shapeOf,
  unwrap,
} from "./schema-walk";

/** Describes what a schema allows; where an issue knows it better, what the issue says. */
export function allowed(schema: Schema, issue?: z.core.$ZodIssue): string {
  if (issue?.code === "too_small" && issue.origin !== "string")
    return bound(issue.origin, "at least", issue.minimum, issue.inclusive);
  if (issue?.code === "too_big" && issue.origin !== "string")
    return bound(issue.origin, "at most", issue.maximum, issue.inclusive);
  if (issue?.code === "invalid_format" || issue?.code === "custom") return issue.message;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodNumber) return isWhole(inner) ? "a whole number" : "a number";
  if (inner instanceof z.ZodBoolean) return "true, false";
  if (inner instanceof z.ZodArray) return "a list";
  if (inner instanceof z.ZodRecord) return "a mapping of names to text";
  if (inner instanceof z.ZodObject) return `a mapping with ${keysOf(inner).join(", ")}`;
  const words = allowedWords(inner);
  if (optionsOf(inner).length === 0) return words.length > 0 ? words.join(", ") : "text";
  const discriminator = discriminatorOf(inner);
  if (discriminator !== undefined) return words.join(", ");
  return optionsOf(inner).map(option).join(", ");
}

/** The words between which a value chooses; none if it chooses between no words. */
export function allowedWords(schema: Schema): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodEnum) return inner.options.map(String);
  if (inner instanceof z.ZodLiteral) return [...inner.values].map(String);
  const discriminator = discriminatorOf(inner);
  return optionsOf(inner).flatMap((choice) => {
    if (discriminator !== undefined) return [String(literalOf(choice, discriminator))];
    return shapeOf(choice) === undefined ? allowedWords(choice) : [];
  });
}

/** An option of a union: a word, or `{ id: … }`. */
function option(schema: Schema): string {
  const keys = requiredKeysOf(schema);
  if (keys.length === 0) return allowed(schema);
  return `{ ${keys.map((key) => `${key}: ${literalOf(schema, key) ?? "…"}`).join(", ")} }`;
}

function bound(origin: string, word: string, limit: number | bigint, inclusive: boolean | undefined): string {
  if (origin === "array") return "at least one entry";
  // All numbers in config are whole, so "above 0" reads better as "at least 1".
  const step = inclusive === false ? (word === "at least" ? 1 : -1) : 0;
  return `a whole number, ${word} ${Number(limit) + step}`;
}

function isWhole(schema: z.ZodNumber): boolean {
  return schema.format === "safeint";
}
