import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeProject } from "./project";

export type Side = "constructs" | "raw";

/** Measurements of one process. */
export interface Measurement {
  /** From the first construct to the last file written. */
  readonly seconds: number;
  /** Reading and checking the config; the raw side has none. */
  readonly loadSeconds: number;
  /** The most memory that the process ever had. */
  readonly rssMib: number;
  readonly resources: number;
  readonly largestJobTasks: number;
  /** Of everything that was declared, and of the content of every file. */
  readonly digest: string;
}

/** A project on disk, and what the raw side takes from it: the texts of its files. */
export interface Case {
  readonly folder: string;
  measure(side: Side): Measurement;
  remove(): void;
}

/** Prepares a project with a number of topics. The first synthesis, which is not counted, makes the texts for the raw side. */
export function prepare(topics: number): Case {
  const folder = mkdtempSync(join(tmpdir(), "medallion-bench-"));
  const project = join(folder, "project");
  const wheel = join(folder, "medallion_pipelines-0.1.0+0123456789ab-py3-none-any.whl");
  const first = join(folder, "first");
  mkdirSync(project);
  writeProject(project, topics);
  writeFileSync(wheel, "wheel");
  start("with-constructs.ts", [project, wheel, first]);
  return {
    folder,
    measure: (side) => {
      const out = join(folder, "out");
      rmSync(out, { recursive: true, force: true });
      return side === "constructs"
        ? start("with-constructs.ts", [project, wheel, out])
        : start("raw.ts", [join(first, "rendered"), wheel, out]);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The rendered files of the first synthesis, by name. */
export function findTexts(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`no rendered files in ${folder}`);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function start(script: string, args: readonly string[]): Measurement {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [require.resolve("tsx/cli"), join(__dirname, script), ...args],
    { encoding: "utf8", maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(`${script} failed:\n${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Measurement;
}
