import type { z } from "zod";
import type { ConfigFaultCode } from "../fault-codes";
import type { Fault } from "../faults";
import { findSecret, SECRET_RULE } from "../secrets";
import { explain, type Problem } from "./explain";
import { isMapping } from "./schema-walk";
import type { Path, YamlFile } from "./yaml-file";

/** A value of which any part may be missing, because that part was faulty. */
export type Known<T> = T extends (infer E)[]
  ? Known<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Known<T[K]> }
    : T;

/** Reports a fault at a path of a file; without a code, the value is invalid. */
export type Report = (path: Path, message: string, code?: ConfigFaultCode) => void;

/** A config file after its shape was checked. */
export interface Checked<T> {
  readonly yaml: YamlFile;
  /** The file's name without its extension. */
  readonly stem: string;
  /** The typed value with its defaults; undefined if the shape is faulty. */
  readonly value: T | undefined;
  /** The valid part of the value, so that other faults are found in the same run. */
  readonly known: Known<T>;
  /** Of the shape, and of whatever was reported since. */
  readonly faults: readonly Fault[];
  /** Reports a fault, unless that very key is already known to be faulty. */
  readonly report: Report;
}

/**
 * Checks a file's shape.
 *
 * @param hints messages for keys that people try, by path
 * @param references whether texts may hold references of cdktf, as values from TypeScript do
 */
export function checkShape<T>(
  schema: z.ZodType<T>,
  yaml: YamlFile,
  hints: ReadonlyMap<string, string> = new Map(),
  { references = false } = {},
): Checked<T> {
  const stem = yaml.file.replace(/^.*\//, "").replace(/\.ya?ml$/, "");
  const faults: Fault[] = [...yaml.faults];
  const problems = faults.length > 0 ? [] : problemsOf(schema, yaml.value, references);
  for (const { path, atKey, message, code } of problems) {
    const where = formatPath(path);
    const text = `${where === "" ? "" : `${where}: `}${hints.get(where) ?? message}`;
    faults.push(atKey ? yaml.faultAtKey(path, text, code) : yaml.faultAt(path, text, code));
  }
  const sound = faults.length > yaml.faults.length ? without(yaml.value, problems) : yaml.value;
  const parsed = schema.safeParse(sound);
  const known = (parsed.success ? parsed.data : isMapping(sound) ? sound : {}) as Known<T>;
  const report: Report = (path, message, code = "invalid_value") => {
    // What is reported at the root is about the file, and holds whatever stands in it.
    if (path.length === 0) faults.push(yaml.faultAt(path, message, code));
    else if (yaml.faults.length > 0 || problems.some((problem) => explains(problem.path, path))) return;
    else faults.push(yaml.faultAt(path, `${formatPath(path)}: ${message}`, code));
  };
  return { yaml, stem, value: faults.length === 0 && parsed.success ? parsed.data : undefined, known, faults, report };
}

/** `quality[0].expect` */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (findSecret(step) !== undefined) return `${index === 0 ? "" : "."}(a secret)`;
      return `${index === 0 ? "" : "."}${step.trim() === "" ? JSON.stringify(step) : step}`;
    })
    .join("");
}

function problemsOf(schema: z.ZodType, value: unknown, references: boolean): Problem[] {
  if (!isMapping(value)) {
    const empty = value === null || value === undefined;
    return [
      {
        path: [],
        atKey: false,
        code: empty ? "not_read" : "invalid_value",
        message: `${empty ? "the file is empty" : "found no mapping"}; it starts with ${Object.keys((schema as z.ZodObject).shape).join(", ")}`,
      },
    ];
  }
  const held = [
    ...findIn(value, secretAt, "secret_in_config"),
    ...(references ? [] : findIn(value, tokenAt, "reference_in_text")),
  ];
  const said = new Set(held.map(({ path }) => JSON.stringify(path)));
  return [...explain(schema, value).filter(({ path }) => !said.has(JSON.stringify(path))), ...held];
}

/** References inside a text as cdktf writes them: from a file, one would refer to whatever has that number. */
const TOKEN = /[$#&]\{TfToken\[/;

/** Return whether a value is, or holds, a reference of cdktf, whose value is known later. */
export function holdsReference(value: unknown): boolean {
  return findIn(value, tokenAt, "reference_in_text").length > 0;
}

/** Names the part of a text that no text of config may hold; undefined if there is none. */
type Held = (text: string) => string | undefined;

const tokenAt: Held = (text) => {
  const [found] = TOKEN.exec(text) ?? [];
  return found === undefined ? undefined : `holds ${found}, by which cdktf marks its references; no text may`;
};

const secretAt: Held = (text) => {
  const found = findSecret(text);
  return found === undefined ? undefined : `holds ${found}; ${SECRET_RULE}`;
};

function findIn(value: unknown, held: Held, code: ConfigFaultCode, path: Path = [], atKey = false): Problem[] {
  if (typeof value === "string") {
    const message = held(value);
    return message === undefined ? [] : [{ path, atKey, message, code }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [...findIn(key, held, code, here, true), ...findIn(inner, held, code, here)];
  });
}

/** A fault at or around a key, or in an entry of a list that stands there, is reason enough for what is reported there. */
function explains(faulty: Path, reported: Path): boolean {
  const shared = faulty.slice(0, reported.length).every((step, index) => step === reported[index]);
  return shared && (faulty.length <= reported.length || typeof faulty[reported.length] === "number");
}

/** A copy of the value without its faulty parts. */
function without(value: unknown, problems: readonly Problem[]): unknown {
  const copy: unknown = structuredClone(value);
  // From the back, so that removing an entry of a list does not move those still to be removed.
  for (const { path } of [...problems].reverse()) {
    const last = path.at(-1);
    let parent: unknown = copy;
    for (const step of path.slice(0, -1)) parent = (parent as Record<string | number, unknown> | undefined)?.[step];
    if (last === undefined) return undefined;
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else if (isMapping(parent)) delete parent[last];
  }
  return copy;
}
