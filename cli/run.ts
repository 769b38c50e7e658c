import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { Action } from "../spec";
import { requireJava, requirePython, requireRecent } from "./machine";
import { appFolder, isOwnProject, userPath } from "./paths";
import { runPython } from "./python";
import { synthesize } from "./synth";

/** Options of `medallion run`, as parsed. */
export interface RunOptions {
  readonly stack: string;
  readonly data?: string;
  readonly out: string;
  readonly reset?: boolean;
  readonly loop?: boolean;
  readonly interval: number;
  readonly maxIterations?: number;
  readonly json?: boolean;
  /** An action of the job to carry out instead of a run, with what it is told. */
  readonly action?: { readonly name: Action; readonly arguments: Readonly<Record<string, string>> };
}

/** Adds `run` to the command line. */
export function addRun(program: Command): void {
  program
    .command("run")
    .description("run a stack on this machine: synthesize it, then run its job on embedded Spark and Delta")
    .option("--stack <name>", "the stack, which is an environment of config/environments", "local")
    .option(
      "--data <dir>",
      "a folder with one subfolder of JSON files per topic (default: the files that have landed; in medallion's own project, sample data)",
    )
    .option("--out <dir>", "folder of the tables, landed files, logs and the report", ".medallion")
    .option("--reset", "empty the output folder first")
    .option("--loop", "repeat the run until stopped")
    .option("--interval <seconds>", "seconds between two runs of a loop", positive, 10)
    .option("--max-iterations <n>", "end a loop after n runs", positiveInteger)
    .option("--json", "end standard output with one line of JSON; everything else goes to standard error")
    .action(async (options: RunOptions, command: Command) => {
      if (options.maxIterations !== undefined && !options.loop) command.error("error: --max-iterations is for --loop");
      process.exitCode = await run(options);
    });
}

/** Checks the machine, synthesizes the stack, runs it; returns the exit status. */
export async function run(options: RunOptions): Promise<number> {
  return await runOnSpark(options.stack, "local", (folder) => localArguments(folder, options));
}

/** Runs a Python module that starts Spark over a synthesized stack, and returns its exit status. */
export async function runOnSpark(
  stack: string,
  module: string,
  argumentsFor: (folder: string) => string[],
): Promise<number> {
  const python = requirePython();
  // Asking Java for its version takes a while, in which the stack is synthesized.
  const recent = requireRecent(requireJava());
  recent.catch(() => undefined); // awaited below; a fault of the stack may come first
  return await withStack(stack, async (folder) => {
    await recent;
    return await runPython(python, module, argumentsFor(folder));
  });
}

/** Synthesizes a stack into a folder of its own, which is gone when `work` has ended. */
export async function withStack<T>(stack: string, work: (folder: string) => Promise<T>): Promise<T> {
  const outdir = mkdtempSync(join(tmpdir(), "medallion-synth-"));
  try {
    const say = (line: string) => process.stderr.write(`${line}\n`);
    return await work(synthesize(stack, { app: appFolder(), outdir, say }));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/**
 * The same request in the words of `python -m local`.
 *
 * @param isSample whether the sample data are the project's: they are of this package's own project alone, since another
 *   may have topics of the same names
 */
export function localArguments(stackFolder: string, options: RunOptions, isSample = isOwnProject()): string[] {
  const { action, data, maxIterations } = options;
  return [
    ["--stack-dir", stackFolder],
    ["--out", userPath(options.out)],
    data !== undefined ? ["--data", userPath(data)] : action === undefined && isSample ? ["--sample"] : [],
    options.reset ? ["--reset"] : [],
    options.loop ? ["--loop", "--interval", String(options.interval)] : [],
    maxIterations === undefined ? [] : ["--max-iterations", String(maxIterations)],
    options.json ? ["--json"] : [],
    action === undefined ? [] : ["--action", action.name, "--action-arguments", JSON.stringify(action.arguments)],
  ].flat();
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("A positive number is wanted.");
  return value;
}

function positiveInteger(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("A positive whole number is wanted.");
  return value;
}
