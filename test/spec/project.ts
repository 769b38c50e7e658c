import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ConfigError, type ConfigFaultCode, type Fault, formatFault, loadProject } from "../../spec";

/** Root of this repository. */
export const ROOT = join(__dirname, "../..");

/** The smallest project that is right: one topic, one model, one environment. */
export const SMALL: Readonly<Record<string, string>> = {
  "config/pipeline.yaml": "name: shop\n",
  "config/topics/orders.yaml":
    "source: { files: orders }\nsilver:\n  mode: upsert\n  keys: [order_id]\n  sequenceBy: updated_at\n",
  "config/environments/dev.yaml":
    "name: dev\ncloud: aws\nmode: development\ncatalog: { name: main }\ncompute: { kind: job_cluster }\n",
  "notebooks/gold/per_order.sql":
    "-- model: per_order\n-- grain: order_id\n-- needs: orders(order_id string)\nSELECT order_id FROM orders GROUP BY order_id\n",
};

/** Writes the files into a new folder, runs the function there, and cleans up. undefined leaves a file out. */
export function inProject<T>(files: Readonly<Record<string, string | undefined>>, run: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), "medallion-spec-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      if (text === undefined) continue;
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return run(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Faults of a project as they are printed, without their codes; an error of another kind is thrown on. */
export function faultsOf(files: Readonly<Record<string, string | undefined>>): string[] {
  return inProject({ ...SMALL, ...files }, faultsIn);
}

/** Codes of the faults of a project, each once. */
export function codesOf(files: Readonly<Record<string, string | undefined>>): ConfigFaultCode[] {
  return [...new Set(inProject({ ...SMALL, ...files }, rawFaultsIn).map(({ code }) => code))];
}

/** The same of a folder that is there. */
export function faultsIn(root: string): string[] {
  return rawFaultsIn(root).map((fault) => formatFault(fault).replace(/ \[[a-z_]+\]$/, ""));
}

function rawFaultsIn(root: string): readonly Fault[] {
  try {
    loadProject(root);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

/** Copies what loadProject reads of this repository. */
export function copyOfShipped<T>(run: (root: string) => T): T {
  return inProject({}, (root) => {
    for (const folder of ["config", "notebooks/gold"])
      cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
    return run(root);
  });
}
