import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DECLARED, type Measurement } from "./measure";

type Json = Readonly<Record<string, unknown>>;

/** Prints what a measurement came to, and a digest of what was declared: both sides must have declared the same. */
export function report(outdir: string, times: Pick<Measurement, "seconds" | "loadSeconds">): void {
  // Before anything is read back: looking at the result is no part of synthesis.
  const rssMib = process.resourceUsage().maxRSS / 1024;
  const folder = join(outdir, "stacks", "bench");
  const stack = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as {
    readonly resource: Record<string, Record<string, Json>>;
  };
  const all = Object.entries(stack.resource).flatMap(([type, resources]) =>
    Object.values(resources).map((resource) => [type, resource] as const),
  );
  const texts = all.map(([type, resource]) => `${type} ${describe(resource, folder)}`).sort();
  writeFileSync(join(outdir, DECLARED), texts.join("\n"));
  const jobs = Object.values(stack.resource["databricks_job"] ?? {});
  const measurement: Measurement = {
    ...times,
    rssMib,
    resources: all.length,
    largestJobTasks: Math.max(...jobs.map(({ task }) => (task as unknown[]).length)),
    digest: createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 16),
  };
  console.log(JSON.stringify(measurement));
}

/** A resource without what cdktf adds and without the names that each side gave its resources; files by their content. */
function describe(resource: Json, folder: string): string {
  const { source, depends_on, "//": _metadata, ...attributes } = resource;
  const content = typeof source === "string" ? hash(readFileSync(join(folder, source))) : "";
  const text = JSON.stringify(sorted(attributes)).replace(/\$\{(\w+)\.[\w-]+\.(\w+)\}/g, "<$1.$2>");
  return `${text} ${content} ${Array.isArray(depends_on) ? depends_on.length : 0}`;
}

function hash(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
