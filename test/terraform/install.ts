import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run, tail } from "./command";

const root = resolve(__dirname, "..", "..");

/** The folder of the stacks of an app, synthesized afresh. */
export function synthesize(out: string, app = "main.ts"): string {
  const { status, stdout, stderr } = run(process.execPath, [require.resolve("tsx/cli"), app], {
    cwd: root,
    env: { CDKTF_OUTDIR: out },
  });
  if (status !== 0) throw new Error(`synth failed:\n${tail(stdout + stderr, 40)}`);
  return join(out, "stacks");
}

/** A configuration by which Terraform takes the provider from a mirror, and asks nobody for anything. */
export function cliConfig(folder: string, mirror: string): string {
  const file = join(folder, "terraform.rc");
  const text = `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\ndisable_checkpoint = true\n`;
  writeFileSync(file, text);
  return file;
}
