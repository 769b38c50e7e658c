import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { loadProject } from "../spec";
import { Fault } from "./fault";
import { PACKAGE, projectFolder, userFolder, userPath } from "./paths";

interface Manifest {
  readonly stacks: Readonly<Record<string, { readonly annotations?: readonly Annotation[] }>>;
}

interface Annotation {
  readonly constructPath: string;
  readonly level: string;
  readonly message: string;
}

/** Adds `synth` to the command line. */
export function addSynth(program: Command): void {
  program
    .command("synth")
    .description(
      "synthesize the stacks of the project, or those that MEDALLION_STACKS names, into Terraform JSON; needs no credentials and no network",
    )
    .option("--output <dir>", "folder of the stacks (default: cdktf.out in the project)")
    .action(({ output }: { readonly output?: string }) => {
      const app = projectFolder();
      if (app === undefined) throw new Fault(`${userFolder()} is in no project: no folder above it has a cdktf.json.`);
      const outdir = output === undefined ? join(app, "cdktf.out") : userPath(output);
      for (const stack of synthesizeAll(app, outdir, (line) => process.stderr.write(`${line}\n`)))
        process.stdout.write(`${relative(userFolder(), join(outdir, "stacks", stack))}\n`);
    });
}

/**
 * Synthesizes an app into `outdir`, where stacks of earlier syntheses that are not among its own are removed. Does what the
 * command of the framework does, which asks for a newer Node than the framework itself.
 *
 * @returns names of the stacks
 */
function synthesizeAll(app: string, outdir: string, say: (line: string) => void): string[] {
  process.env["CDKTF_OUTDIR"] = outdir;
  // The framework would stop at the first stack that is not sound, with its own stack trace.
  process.env["CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS"] = "true";
  runApp(app);
  const stacks = stacksIn(outdir);
  if (stacks.length === 0) throw new Fault(`${app} has no stacks.`);
  const folders = join(outdir, "stacks");
  for (const stale of readdirSync(folders).filter((name) => !stacks.includes(name)))
    rmSync(join(folders, stale), { recursive: true });
  const errors = stacks.flatMap((stack) => unsound(outdir, stack, say));
  if (errors.length > 0) throw new Fault(errors.join("\n"));
  return stacks;
}

/**
 * Synthesizes one stack of the app in `app` into `outdir` and returns the stack's folder. Warnings go to `say`.
 * Our own app is loaded into this process, which is quicker than starting another; a user's app is run by the command
 * in its cdktf.json.
 */
export function synthesize(
  stack: string,
  { app, outdir, say }: { app: string; outdir: string; say: (line: string) => void },
): string {
  const known = knownStacks(app);
  if (known !== undefined && !known.includes(stack))
    throw new Fault(`There is no stack ${stack}; there are ${known.join(", ")}.`);
  process.env["MEDALLION_STACKS"] = stack;
  process.env["CDKTF_OUTDIR"] = outdir;
  if (app === PACKAGE) require("../main");
  else runApp(app);
  const folder = join(outdir, "stacks", stack);
  if (!existsSync(join(folder, "cdk.tf.json"))) {
    // The app has said why, unless it made other stacks than this one.
    const others = stacksIn(outdir).join(", ");
    throw new Fault(
      others === ""
        ? `${app} could not be synthesized, see above.`
        : `There is no stack ${stack}; there are ${others}.`,
    );
  }
  const [error] = unsound(outdir, stack, say);
  if (error !== undefined) throw new Fault(error);
  return folder;
}

function runApp(app: string): void {
  const { app: command } = JSON.parse(readFileSync(join(app, "cdktf.json"), "utf8")) as { app?: string };
  if (command === undefined) throw new Fault(`${join(app, "cdktf.json")} has no "app": the command that synthesizes.`);
  // Its standard output is ours, which belongs to the result: what it prints goes to standard error.
  const { status } = spawnSync(command, { cwd: app, shell: true, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Fault(`\`${command}\` in ${app} failed, see above.`);
}

/** Environments of the config; undefined where the config itself is at fault, or the app is not configured that way. */
function knownStacks(app: string): string[] | undefined {
  try {
    return loadProject(app).environments.map(({ name }) => name);
  } catch {
    return undefined;
  }
}

/** Says the warnings of constructs and policies of a stack; returns its errors as one text, which stop, as they do under `cdktf synth`. */
function unsound(outdir: string, stack: string, say: (line: string) => void): string[] {
  const annotations = readManifest(outdir)?.stacks[stack]?.annotations ?? [];
  const text = (level: string) =>
    annotations.filter((note) => note.level === level).map((note) => `[${note.constructPath}] ${note.message}`);
  for (const line of text("@cdktf/warn")) say(`warning: ${line}`);
  const errors = text("@cdktf/error");
  return errors.length > 0 ? [`Stack ${stack} is not sound:\n  ${errors.join("\n  ")}`] : [];
}

function stacksIn(outdir: string): string[] {
  return Object.keys(readManifest(outdir)?.stacks ?? {});
}

function readManifest(outdir: string): Manifest | undefined {
  const file = join(outdir, "manifest.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}
