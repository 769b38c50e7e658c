import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Attributes, withoutMetadata } from "./synth";

const ROOT = join(__dirname, "../../..");

/** What main.ts came to. */
export interface AppRun {
  readonly status: number;
  readonly stderr: string;
  /** Folder of the output. */
  readonly out: string;
  /** JSON of each stack, by name. */
  readonly stacks: Readonly<Record<string, Attributes>>;
}

/** Runs main.ts as cdktf does, in an environment without anything of Databricks, Terraform or this project. */
export async function runApp(env: Readonly<Record<string, string>> = {}): Promise<AppRun> {
  buildWheel();
  const out = mkdtempSync(join(tmpdir(), "medallion-app-"));
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(DATABRICKS|TF_|CDKTF|MEDALLION|AWS|ARM|GOOGLE)/.test(name),
  );
  const { status, stderr } = await start([require.resolve("tsx/cli"), "main.ts"], {
    ...Object.fromEntries(clean),
    CDKTF_OUTDIR: out,
    ...env,
  });
  const folder = join(out, "stacks");
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const read = (name: string) =>
    withoutMetadata(JSON.parse(readFileSync(join(folder, name, "cdk.tf.json"), "utf8"))) as Attributes;
  return { status, stderr, out, stacks: Object.fromEntries(names.map((name) => [name, read(name)])) };
}

/** Runs node without blocking the test runner, which wants to hear from its workers. */
function start(args: string[], env: NodeJS.ProcessEnv): Promise<{ status: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env }, (error, _stdout, stderr) => {
      resolve({ status: error === null ? 0 : 1, stderr });
    });
  });
}

function buildWheel(): void {
  const folder = join(ROOT, "dist", "wheel");
  if (existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".whl"))) return;
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/wheel/build.mjs")], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the wheel could not be built: ${stderr}`);
}
