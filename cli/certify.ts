import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { loadProject } from "../spec";
import { Fault } from "./fault";
import { findPython } from "./machine";
import { appFolder, isOwnProject, userPath } from "./paths";
import { runPython } from "./python";
import { synthesize } from "./synth";

interface CertifyOptions {
  readonly stack: string;
  readonly local?: boolean;
  readonly data?: string;
  readonly warehouse?: string;
  readonly out: string;
  readonly only?: readonly string[];
  readonly keep?: boolean;
  readonly clean?: boolean;
}

/** Facts that the folder of a deployment under test keeps for `--clean`. */
interface Facts {
  readonly stack: string;
  readonly local: boolean;
}

/** Adds `certify` to the command line. */
export function addCertify(program: Command): void {
  program
    .command("certify")
    .description(
      "prove a deployment: deploy a copy of a development stack under a random name, run its job, compare its tables, " +
        "destroy it; in the workspace that DATABRICKS_HOST names, or in a local one",
    )
    .option("--stack <name>", "a development environment of config/environments", "free")
    .option("--local", "in a local workspace, which is started for this run")
    .option(
      "--data <dir>",
      "a folder with one subfolder of JSON files per topic (default in medallion's own project: sample data)",
    )
    .option("--warehouse <id>", "the SQL warehouse that runs statements (default: the first of the workspace)")
    .option("--out <dir>", "folder of the stack, its state and the reports", ".medallion-certify")
    .option("--only <check...>", "run only these checks, and those that they need")
    .option("--keep", "keep the deployment afterwards, to inspect it")
    .option("--clean", "destroy the deployments that earlier runs left, without any check")
    .action(async (options: CertifyOptions) => {
      process.exitCode = options.clean ? await clean(userPath(options.out)) : await certify(options);
    });
}

async function certify(options: CertifyOptions): Promise<number> {
  const { stack, data, warehouse, only = [] } = options;
  const app = appFolder();
  const environment = loadProject(app).environments.find(({ name }) => name === stack);
  if (environment?.mode === "production")
    throw new Fault(
      `${stack} is a production environment, of which there is one: certify takes a development environment.`,
    );
  if (data === undefined && !isOwnProject())
    throw new Fault("certify needs data of your topics: --data with one subfolder of JSON files per topic.");
  const name = `certify_${randomBytes(3).toString("hex")}`;
  const folder = join(userPath(options.out), `${stack}-${name}`);
  const facts: Facts = { stack, local: options.local ?? false };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "certify.json"), JSON.stringify(facts));
  synthesizeCopy(stack, { app, folder, name });
  return await runPython(findPython(), "certify", [
    ...["--folder", folder],
    ...(facts.local ? ["--local"] : []),
    ...(data === undefined ? [] : ["--data", userPath(data)]),
    ...(warehouse === undefined ? [] : ["--warehouse", warehouse]),
    ...(only.length === 0 ? [] : ["--only", ...only]),
    ...(options.keep ? ["--keep"] : []),
  ]);
}

/** Synthesizes the stack as the copy of a developer of a random name, with its state beside it. */
function synthesizeCopy(stack: string, { app, folder, name }: { app: string; folder: string; name: string }): void {
  Object.assign(process.env, { MEDALLION_DEVELOPER: name, MEDALLION_LOCAL_STATE: "1" });
  const outdir = mkdtempSync(join(tmpdir(), "medallion-synth-"));
  try {
    const made = synthesize(stack, { app, outdir, say: (line) => process.stderr.write(`${line}\n`) });
    cpSync(made, join(folder, "stack"), { recursive: true });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
  writeFileSync(
    join(folder, "stack", "backend_override.tf.json"),
    JSON.stringify({ terraform: { backend: { local: { path: "terraform.tfstate" } } } }),
  );
}

/** Destroys what is left of every run whose state is here. */
async function clean(out: string): Promise<number> {
  const folders = existsSync(out) ? readdirSync(out).map((name) => join(out, name)) : [];
  let status = 0;
  for (const folder of folders.filter((one) => existsSync(join(one, "stack", "terraform.tfstate")))) {
    const { local } = JSON.parse(readFileSync(join(folder, "certify.json"), "utf8")) as Facts;
    status ||= await runPython(findPython(), "certify", ["--folder", folder, "--clean", ...(local ? ["--local"] : [])]);
  }
  if (folders.length === 0) process.stderr.write(`Nothing was certified in ${out}.\n`);
  return status;
}
