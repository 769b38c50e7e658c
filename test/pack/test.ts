/**
 * npm run test:pack: packs the package, installs it into an empty project with each example, type-checks the example
 * against the packed declarations and synthesizes it with the packed code. Then it starts a project by `medallion init`
 * and goes on with the commands that this prints, up to a gold table.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run, tail } from "../terraform/command";
import { contentFaults } from "./content";
import { CHECKS, type StackJson } from "./expected";
import { tryNewProject } from "./new-project";

const root = resolve(__dirname, "..", "..");
const npm = process.env["npm_execpath"] ?? "";

process.exitCode = main();

function main(): number {
  const scratch = mkdtempSync(join(tmpdir(), "medallion-pack-"));
  try {
    const { file, paths } = pack(scratch);
    const faults = report(`content (${paths.length} files)`, contentFaults(paths));
    const project = join(scratch, "project");
    install(project, file);
    const all = [faults, ...Object.keys(CHECKS).map((name) => report(`examples/${name}`, tryExample(project, name)))];
    all.push(report("medallion --help", tryCommand(project)));
    const bin = join(project, "node_modules/medallion/cli/bin.cjs");
    const tools = process.env["MEDALLION_TOOLS"] ?? join(root, ".tools");
    all.push(report("medallion init, and what it prints", tryNewProject(join(scratch, "new"), bin, tools)));
    const failed = all.filter((count) => count > 0).length;
    console.log(`${all.length - failed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Builds (npm runs `prepack`) and packs. */
function pack(folder: string): { file: string; paths: string[] } {
  const { stdout } = must(runNpm(["pack", "--json", "--pack-destination", folder], root), "npm pack");
  // What prepack prints stands before the JSON.
  const text = stdout.slice(stdout.search(/^\[/m));
  const [packed] = JSON.parse(text) as [{ filename: string; files: { path: string }[] }];
  return { file: join(folder, packed.filename), paths: packed.files.map(({ path }) => path) };
}

/** An empty project that depends on the packed file; its other dependencies come from the cache of npm where they are there. */
function install(project: string, file: string): void {
  cpSync(join(root, "examples", "compose-pipeline"), project, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  manifest.dependencies.medallion = `file:${file}`;
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  must(runNpm(["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], project), "npm install");
}

function tryExample(project: string, name: string): string[] {
  cpSync(join(root, "examples", name, "main.ts"), join(project, "main.ts"));
  const types = run(process.execPath, [join(project, "node_modules/typescript/bin/tsc"), "-p", "."], { cwd: project });
  if (types.status !== 0) return [`types: ${tail(types.stdout)}`];
  const out = join(project, `out-${name}`);
  const synth = run(process.execPath, [join(project, "node_modules/tsx/dist/cli.mjs"), "main.ts"], {
    cwd: project,
    env: { CDKTF_OUTDIR: out },
  });
  if (synth.status !== 0) return [`synth: ${tail(synth.stderr)}`];
  const [stack = ""] = readdirSync(join(out, "stacks"));
  const folder = join(out, "stacks", stack);
  const json = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as StackJson;
  return CHECKS[name]?.(json, folder) ?? [];
}

function tryCommand(project: string): string[] {
  const { status, stdout, stderr } = run(
    process.execPath,
    [join(project, "node_modules/medallion/cli/bin.cjs"), "--help"],
    {
      cwd: project,
    },
  );
  return status === 0 && stdout.includes("Usage: medallion") ? [] : [tail(stdout + stderr)];
}

function runNpm(args: string[], cwd: string) {
  return npm.endsWith(".js") ? run(process.execPath, [npm, ...args], { cwd }) : run("npm", args, { cwd });
}

function must<T extends { status: number | undefined; stdout: string; stderr: string }>(outcome: T, what: string): T {
  if (outcome.status !== 0) throw new Error(`${what} failed:\n${tail(outcome.stdout + outcome.stderr, 30)}`);
  return outcome;
}

function report(name: string, faults: readonly string[]): number {
  console.log(`${faults.length === 0 ? "ok  " : "FAIL"}  ${name}`);
  for (const fault of faults) console.log(`      ${fault.replaceAll("\n", "\n      ")}`);
  return faults.length;
}
