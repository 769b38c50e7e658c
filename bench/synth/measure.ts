import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeProject } from "./project";

export type Side = "constructs" | "raw";

/** File of a synthesis with what it declared, a resource per line: both sides must have declared the same. */
export const DECLARED = "declared.txt";

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
  /** Resources that one side declared and the other did not, as lines of text that begin with + (constructs) or - (raw). */
  differences(): string[];
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
      const out = join(folder, side);
      rmSync(out, { recursive: true, force: true });
      return side === "constructs"
        ? start("with-constructs.ts", [project, wheel, out])
        : start("raw.ts", [join(first, "rendered"), wheel, out]);
    },
    differences: () => {
      const [ours, raw] = (["constructs", "raw"] as const).map((side) =>
        readFileSync(join(folder, side, DECLARED), "utf8").split("\n"),
      ) as [string[], string[]];
      const [more, less] = [ours.filter((line) => !raw.includes(line)), raw.filter((line) => !ours.includes(line))];
      return Array.from({ length: Math.max(more.length, less.length) }, (_, at) => around(more[at], less[at])).flat();
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Two resources where they begin to differ. */
function around(ours = "", raw = ""): string[] {
  let at = 0;
  while (at < ours.length && ours[at] === raw[at]) at++;
  const type = (ours || raw).split(" ")[0];
  return [ours, raw].map((line, side) => `${"+-"[side]} ${type} ...${line.slice(Math.max(0, at - 100), at + 200)}`);
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
