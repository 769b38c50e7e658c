import { UserError } from "../../../constructs";
import { ConfigError } from "../../../spec";
import type { Schema } from "./hostile";

export type Mapping = Readonly<Record<string, unknown>>;

/** A key in a config. */
interface Key {
  /** As {@link documentedKeys} names it. */
  readonly name: string;
  readonly path: readonly string[];
  readonly value: unknown;
  /** The key that holds it. */
  readonly parent?: Key;
}

/** Names of all keys that a schema documents: `source.kafka.topic`, `quality[].name`; where any name may stand, `any`. */
export function documentedKeys(schema: Schema, name = ""): string[] {
  const free = typeof schema.additionalProperties === "object" ? { any: schema.additionalProperties } : {};
  return [
    ...(schema.anyOf ?? schema.oneOf ?? []).flatMap((option) => documentedKeys(option, name)),
    ...(schema.items === undefined ? [] : documentedKeys(schema.items, `${name}[]`)),
    ...Object.entries({ ...schema.properties, ...free }).flatMap(([key, inner]) => {
      const whole = name === "" ? key : `${name}.${key}`;
      return [whole, ...documentedKeys(inner, whole)];
    }),
  ];
}

/**
 * Names of the keys whose change alone makes another output. A value is left out, replaced by what it is in the other
 * configs, and by one like it. A mapping is consumed where a key in it is; a key that can only be `true` stands for
 * what holds it.
 *
 * @param output what comes of a config; throws a ConfigError or UserError where it is rejected
 */
export async function consumedKeys(
  configs: readonly Mapping[],
  output: (config: Mapping) => string,
): Promise<Set<string>> {
  const keys = configs.map((config) => keysOf(config));
  const consumed = new Set<string>();
  for (const [index, config] of configs.entries()) {
    const before = output(config);
    const matters = ({ name, path, value, parent }: Key): boolean => {
      const others = keys.flat().filter((other) => other.name === name && other.value !== value);
      let [rejected, same] = [0, 0];
      for (const changed of new Set([undefined, ...others.map((other) => other.value), like(value)])) {
        const after = unlessRejected(() => output(changedAt(config, path, changed)));
        if (after === undefined) rejected += 1;
        else if (after === before) same += 1;
        else return true;
      }
      return same === 0 && rejected > 0 && value === true && parent !== undefined && matters(parent);
    };
    for (const key of keys[index] ?? []) {
      // The test runner wants to hear from its worker now and then.
      await new Promise(setImmediate);
      if (consumed.has(key.name) || !isLeaf(key.value) || !matters(key)) continue;
      for (let at: Key | undefined = key; at !== undefined; at = at.parent) consumed.add(at.name);
    }
  }
  return consumed;
}

function unlessRejected(make: () => string): string | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof UserError) return undefined;
    throw error;
  }
}

function keysOf(config: unknown, parent?: Key, path: readonly string[] = [], name = ""): Key[] {
  if (Array.isArray(config))
    return config.flatMap((item, at) => keysOf(item, parent, [...path, String(at)], `${name}[]`));
  if (!isMapping(config)) return [];
  return Object.entries(config).flatMap(([key, value]) => {
    const found = { name: name === "" ? key : `${name}.${key}`, path: [...path, key], value, parent };
    return [found, ...keysOf(value, found, found.path, found.name)];
  });
}

function like(value: unknown): unknown {
  if (Array.isArray(value)) return [...value, like(value[0])];
  if (typeof value === "string") return `${value}x`;
  if (typeof value === "number") return value + 1;
  return typeof value === "boolean" ? !value : undefined;
}

/** A config with another value at a path; undefined takes the key away. */
function changedAt(config: Mapping, path: readonly string[], value: unknown): Mapping {
  const copy = JSON.parse(JSON.stringify(config));
  const holder: object = path.slice(0, -1).reduce((inner, key) => inner[key], copy);
  const key = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, value);
  return copy;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether there is nothing in a value that has a name. */
function isLeaf(value: unknown): boolean {
  if (Array.isArray(value)) return !value.some(isMapping);
  return !isMapping(value) || Object.keys(value).length === 0;
}
