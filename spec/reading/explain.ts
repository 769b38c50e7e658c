import { z } from "zod";
import type { ConfigFaultCode } from "../fault-codes";
import { nearest, show } from "../words";
import { allowed, allowedWords } from "./allowed";
import {
  chosen,
  discriminatorOf,
  isMapping,
  isText,
  keysOf,
  literalOf,
  optionsOf,
  requiredKeysOf,
  type Schema,
  schemaAt,
  valueAt,
} from "./schema-walk";
import type { Path } from "./yaml-file";

/** A fault that zod found, in the user's words. */
export interface Problem {
  readonly path: Path;
  /** The key is wrong or its value is missing, rather than the value being wrong. */
  readonly atKey: boolean;
  readonly code: ConfigFaultCode;
  /** Without the path. */
  readonly message: string;
}

/** Checks a value against a schema and explains every fault. Unions are evaluated by the option that was meant. */
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
    const open = optionsOf(inner).length > 0 && discriminatorOf(inner) === undefined;
    if (issue.code === "unrecognized_keys" && !open) {
      return issue.keys.map((key) => ({
        path: [...at, key],
        atKey: true,
        code: "unknown_key",
        message: unknownKey(key, inner, found),
      }));
    }
    if (issue.code === "invalid_key")
      return [
        {
          path: at,
          atKey: true,
          code: "invalid_value",
          message: `found ${show(steps.at(-1))} as a key; allowed: ${issue.issues[0]?.message}`,
        },
      ];
    if (open) return checkUnion(inner, found, at);
    return [{ path: at, ...complaint(found), message: complain(found, allowed(inner, issue), inner) }];
  });
}

/** Finds the option that was meant and explains what is wrong with it. */
function checkUnion(schema: Schema, value: unknown, path: Path): Problem[] {
  const problem = (message: string): Problem[] => [{ path, ...complaint(value), message }];
  const all = keysOf(schema);
  const keys = isMapping(value) ? Object.keys(value) : [];
  if (!isMapping(value) || keys.length === 0 || all.length === 0)
    return problem(complain(value, allowed(schema), schema));
  const having = (of: (option: Schema) => string[]): Schema[] =>
    optionsOf(schema).filter((option) => of(option).some((key) => keys.includes(key)));
  const surely = having(requiredKeysOf);
  const meant = surely.length > 0 ? surely : having(keysOf);
  const [only, second] = meant;
  if (only !== undefined && second === undefined) return check(only, value, path);
  if (second !== undefined) {
    const apart = requiredKeysOf(schema);
    const given = keys.filter((key) => apart.includes(key));
    const message = `found ${given.join(" and ")} together; allowed: exactly one of ${apart.join(", ")}`;
    return [{ path, atKey: false, code: "conflicting_keys", message }];
  }
  return keys.map((key) => ({ path: [...path, key], atKey: true, code: "unknown_key", message: unknown(key, all) }));
}

/** Position and code of a value that is missing or not allowed. */
function complaint(found: unknown): Pick<Problem, "atKey" | "code"> {
  return found === undefined ? { atKey: true, code: "missing_key" } : { atKey: false, code: "invalid_value" };
}

function complain(found: unknown, allowedHere: string, schema: Schema): string {
  if (found === undefined) return `missing; allowed: ${allowedHere}`;
  const quote =
    isText(schema) && (typeof found === "number" || typeof found === "boolean") ? " (put it in quotes)" : "";
  // What stands in place of a reference to a secret may well be the secret.
  const secret = typeof found === "string" && ["scope,key", "variable"].includes(keysOf(schema).join());
  const meant = typeof found === "string" && !secret ? hint(found, allowedWords(schema)) : "";
  return `found ${secret ? "a text, which is not shown" : show(found)};${meant} allowed: ${allowedHere}${quote}`;
}

function unknownKey(key: string, union: Schema, value: unknown): string {
  const discriminator = discriminatorOf(union);
  if (discriminator === undefined || !isMapping(value)) return unknown(key, keysOf(union));
  const kind = String(value[discriminator]);
  const owner = optionsOf(union).find((option) => keysOf(option).includes(key));
  if (owner === undefined) return unknown(key, keysOf(chosen(union, value)));
  const kindOfOwner = String(literalOf(owner, discriminator));
  return `${kind} has no such setting; remove it, or use ${discriminator}: ${kindOfOwner}; allowed: ${keysOf(chosen(union, value)).join(", ")}`;
}

/** Words of earlier versions, and what they are called now: the one that the position allows is meant. */
const RENAMED: Readonly<Record<string, readonly string[]>> = { adopt: ["existing", "import"] };

/** Suggests a replacement for a word that is not allowed: " it is called … now;", " did you mean …?" or nothing. */
function hint(word: string, allowedHere: readonly string[]): string {
  const renamed = Object.hasOwn(RENAMED, word) ? RENAMED[word]?.find((name) => allowedHere.includes(name)) : undefined;
  if (renamed !== undefined) return ` it is called "${renamed}" now;`;
  const guess = nearest(word, allowedHere);
  return guess === undefined ? "" : ` did you mean "${guess}"?`;
}

function unknown(key: string, all: readonly string[]): string {
  return `unknown key;${hint(key, all)} allowed: ${all.join(", ")}`;
}
