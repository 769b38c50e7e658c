import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What two syntheses of the same project came to. */
export interface Comparison {
  /** What differs and should not, by file and path. */
  readonly faults: readonly string[];
  readonly stacks: number;
  /** Versions of the two frameworks. */
  readonly versions: readonly [string, string];
}

/** Where the two may differ: the framework writes its own version, and beside a warning where in its own files it was raised. */
const OWN = /^(\/\/\.metadata\.version|version|stacks\.[^.]+\.annotations\.\d+\.stacktrace\.\d+)$/;

/** Compares two output folders: the same files, byte for byte, but for what the framework says of itself. */
export function compareOutputs(left: string, right: string): Comparison {
  const [before, after] = [filesOf(left), filesOf(right)];
  const faults = [
    ...before.filter((file) => !after.includes(file)).map((file) => `${file}: only with cdktf`),
    ...after.filter((file) => !before.includes(file)).map((file) => `${file}: only with cdktn`),
  ];
  for (const file of before.filter((one) => after.includes(one))) {
    const [one, other] = [readFileSync(join(left, file), "utf8"), readFileSync(join(right, file), "utf8")];
    if (one === other) continue;
    if (!file.endsWith(".json")) faults.push(`${file}: content`);
    else {
      const paths = differences(JSON.parse(one), JSON.parse(other));
      faults.push(...paths.filter((path) => !OWN.test(path)).map((path) => `${file}: ${path}`));
    }
  }
  const version = (folder: string) => JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")).version;
  const stacks = before.filter((file) => file.endsWith("cdk.tf.json")).length;
  return { faults, stacks, versions: [version(left), version(right)] };
}

/** What main.ts wrote on its way is not part of the output, and lies elsewhere in each folder. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("rendered"))
    .sort();
}

/** Paths at which two JSON values differ. */
export function differences(one: unknown, other: unknown, path = ""): string[] {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null)
    return Object.is(one, other) ? [] : [path];
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return keys.flatMap((key) => differences(left[key], right[key], path === "" ? key : `${path}.${key}`));
}
