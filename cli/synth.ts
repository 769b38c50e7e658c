import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadProject } from "../spec";
import { Fault } from "./fault";
import { PACKAGE } from "./paths";

interface Manifest {
  readonly stacks: Readonly<Record<string, { readonly annotations?: readonly Annotation[] }>>;
}

interface Annotation {
  readonly constructPath: string;
  readonly level: string;
  readonly message: string;
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
  report(outdir, stack, say);
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

/** Reports the messages of constructs and policies: errors stop, as they do under `cdktf synth`. */
function report(outdir: string, stack: string, say: (line: string) => void): void {
  const annotations = readManifest(outdir)?.stacks[stack]?.annotations ?? [];
  const text = (level: string) =>
    annotations.filter((note) => note.level === level).map((note) => `[${note.constructPath}] ${note.message}`);
  for (const line of text("@cdktf/warn")) say(`warning: ${line}`);
  const errors = text("@cdktf/error");
  if (errors.length > 0) throw new Fault(`Stack ${stack} is not sound:\n  ${errors.join("\n  ")}`);
}

function stacksIn(outdir: string): string[] {
  return Object.keys(readManifest(outdir)?.stacks ?? {});
}

function readManifest(outdir: string): Manifest | undefined {
  const file = join(outdir, "manifest.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}
