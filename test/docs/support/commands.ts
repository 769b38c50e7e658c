import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command as Program } from "commander";
import { CommanderError } from "commander";
import { buildProgram } from "../../../cli/main";
import { ROOT } from "../../spec/project";
import type { Command } from "./shell";

/** Programs of others, which are not asked whether they have a command; `cd` and the like need no check. */
const OF_OTHERS = /^(aws|az|databricks|gcloud|git|pip|python|terraform)$/;
const OF_THE_SHELL = /^(cd|cp|mkdir)$/;

const SCRIPTS = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> })
  .scripts;

/** Result for a command: skipped with a reason, or the faults that it has. */
export type Checked = { readonly skipped: string } | { readonly faults: readonly string[] };

/**
 * Checks a command without running it: programs, subcommands, options and values are those that there are.
 *
 * @param whole false for one that is only named in a sentence: what it requires may be missing
 */
export async function check(command: Command, whole: boolean): Promise<Checked> {
  const [program = "", ...args] = command;
  if (OF_THE_SHELL.test(program)) return { faults: [] };
  if (OF_OTHERS.test(program)) return { skipped: `${program}: a program of others` };
  if (program === "medallion") return { faults: await ofMedallion(args, whole) };
  if (program === "npx") return { faults: await ofNpx(args, whole) };
  if (program === "npm") return { faults: await ofNpm(args, whole) };
  if (program.startsWith("scripts/ci/")) return { faults: stackFaults(args) };
  if (program === ".ci/run") return { faults: stageFaults(args) };
  if (program === ".tools/python/bin/python") return { faults: moduleFaults(args) };
  return { faults: [`${program}: no program that the docs use`] };
}

async function ofNpx(args: readonly string[], whole: boolean): Promise<string[]> {
  const [name = "", ...rest] = args.filter((word) => word !== "--no-install");
  if (name === "medallion") return await ofMedallion(rest, whole);
  if (name === "vitest") return rest.slice(1).filter((path) => !existsSync(join(ROOT, path)));
  if (name !== "cdktf") return [`npx ${name}: no program that the docs use`];
  const known = ["synth", "deploy", "destroy", "diff"].includes(rest[0] ?? "");
  return known ? stackFaults(rest.slice(1)) : [`cdktf ${rest[0]}: no such command`];
}

async function ofNpm(args: readonly string[], whole: boolean): Promise<string[]> {
  const [verb = "", ...rest] = args;
  const passed = rest.slice(rest.indexOf("--") + 1);
  if (["ci", "install", "pack"].includes(verb)) return [];
  if (verb === "start") return rest.includes("--") ? await ofMedallion(["run", ...passed], whole) : [];
  const script = verb === "run" ? (rest[0] ?? "") : verb;
  if (SCRIPTS[script] === undefined) return [`npm ${args.join(" ")}: no such script`];
  const flags = rest.includes("--") ? passed.filter((word) => word.startsWith("--")) : [];
  const source = sources(["scripts", "bench"]);
  return flags.filter((flag) => !source.includes(flag)).map((flag) => `npm run ${script}: no option ${flag}`);
}

function stackFaults(args: readonly string[]): string[] {
  const stacks = args.filter((word) => !word.startsWith("-") && word !== "filled-in");
  return stacks
    .filter((stack) => !existsSync(join(ROOT, `config/environments/${stack}.yaml`)))
    .map((stack) => `${stack}: no such environment`);
}

function stageFaults(args: readonly string[]): string[] {
  const run = readFileSync(join(ROOT, ".ci/run"), "utf8");
  const stages = args.flatMap((word) => word.split("+"));
  return stages.filter((stage) => !run.includes(stage)).map((stage) => `.ci/run: no stage ${stage}`);
}

function moduleFaults(args: readonly string[]): string[] {
  const name = args[args.indexOf("-m") + 1] ?? "";
  const path = join(ROOT, name.replaceAll(".", "/"));
  const known = ["pytest"].includes(name) || existsSync(`${path}.py`) || existsSync(path);
  const files = args.filter((word) => /^test\//.test(word)).filter((file) => !existsSync(join(ROOT, file)));
  return [...(known ? [] : [`python -m ${name}: no such module`]), ...files.map((file) => `${file}: no such file`)];
}

/** Lets the command line itself parse the words; what it would do is not done. */
async function ofMedallion(args: readonly string[], whole: boolean): Promise<string[]> {
  const program = buildProgram();
  for (const command of [program, ...program.commands]) quiet(command);
  try {
    // A flag with an ellipsis or a value for the reader to fill in is a flag all the same.
    await program.parseAsync(
      args.filter((word) => word !== "…"),
      { from: "user" },
    );
    return [];
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const incomplete = /missing|help/.test(error.code) || /missing|help/i.test(error.code);
    if (error.exitCode === 0 || (!whole && incomplete)) return [];
    return [`medallion ${args.join(" ")}: ${error.message}`];
  }
}

function quiet(command: Program): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (command.parent !== null) command.action(() => {});
}

/** The names of environment variables that a text uses and no source of this project knows. */
export function unknownVariables(text: string, sources: string): string[] {
  const names = new Set([...text.matchAll(/\bMEDALLION_[A-Z_]+/g)].map(([name]) => name));
  // The rest of this one is made of the names of a scope and a key.
  const known = (name: string): boolean => name.startsWith("MEDALLION_SECRET_") || sources.includes(name);
  return [...names].filter((name) => !known(name)).map((name) => `${name}: nothing reads it`);
}

/** The sources in some folders as one text. */
export function sources(folders: readonly string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
    )
    .filter((file) => /\.(ts|py|mjs|cjs|sh|yml)$/.test(file) && !file.includes("node_modules"))
    .map((file) => readFileSync(join(ROOT, file), "utf8"))
    .join("\n");
}
