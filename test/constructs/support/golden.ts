import type { Attributes } from "./synth";

/** A stack as text that changes only when what is declared changes: no hashes, policies readable, keys in order. */
export function sanitized(stack: Attributes): string {
  return `${JSON.stringify(clean(stack), null, 2)}\n`;
}

function clean(value: unknown): unknown {
  if (typeof value === "string") return withoutHashes(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [withoutHashes(key), key === "definition" ? JSON.parse(String(inner)) : clean(inner)] as const,
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Hashes of contents, of the wheel, and those that cdktf puts behind ids. */
function withoutHashes(text: string): string {
  return text
    .replace(/^(assets\/[^/]+)\/[0-9a-f]{12,64}\//, "$1/<hash>/")
    .replace(/\+[0-9a-f]{12}-py3/g, "+<hash>-py3")
    .replace(/library [0-9a-f]{12}\b/g, "library <hash>")
    .replace(/^[0-9a-f]{12}$/, "<hash>")
    .replace(/_[0-9A-F]{8}\b/g, "");
}

/** Write the differences of two stacks as text: each path, its value in the first and in the second, `-` for none. */
export function difference(first: Attributes, second: Attributes): string {
  const [left, right] = [first, second].map((stack) => JSON.parse(sanitized(stack)));
  const lines = differences(left, right).map((path) => {
    const [from, to] = [left, right].map((stack) => JSON.stringify(valueAt(stack, path)) ?? "-");
    return `${path.join(".")}\n  ${from}\n  ${to}\n`;
  });
  return lines.join("");
}

const valueAt = (value: unknown, path: string[]): unknown =>
  path.reduce((inner, key) => (inner as Attributes)[key], value);

/** Paths at which two values differ; list items by their index. */
export function differences(a: unknown, b: unknown, path: string[] = []): string[][] {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b) ? [] : [path];
  const [left, right] = [a as Attributes, b as Attributes];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return keys.flatMap((key) => differences(left[key], right[key], [...path, key]));
}
