/**
 * npm run test:cdktn: both frameworks of `medallion init`. In a copy of this project, cdktf and its provider are replaced by
 * their continuation by package alias, as in a new project, no line of source changed; it must build, and synthesize the
 * same stacks as this project does.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { framework } from "../../cli/init/framework";
import { run, tail } from "../terraform/command";
import { synthesize } from "../terraform/install";
import { compareOutputs } from "./compare";

const SOURCES = ["main.ts", "spec", "constructs", "config", "notebooks", "tsconfig.json", "dist/wheel"];
const LIBRARY_FILES = ["registry_columns.json", "default_document.json"];

const root = resolve(__dirname, "..", "..");
process.exitCode = main();

function main(): number {
  const scratch = mkdtempSync(join(tmpdir(), "medallion-cdktn-"));
  try {
    const before = dirname(synthesize(join(scratch, "with-cdktf")));
    const after = buildAndSynthesize(copySources(join(scratch, "app")), join(scratch, "with-cdktn"));
    const { faults, stacks, versions } = compareOutputs(before, after);
    console.log(`cdktf ${versions[0]} and cdktn ${versions[1]}, Node ${process.version}: ${stacks} stacks by both`);
    for (const fault of faults) console.log(`  differs: ${fault}`);
    console.log(faults.length === 0 ? "the same but for the version\n1 passed, 0 failed" : "0 passed, 1 failed");
    return faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function copySources(app: string): string {
  for (const source of SOURCES) cpSync(join(root, source), join(app, source), { recursive: true });
  mkdirSync(join(app, "pipelines"));
  for (const file of LIBRARY_FILES) cpSync(join(root, "pipelines", file), join(app, "pipelines", file));
  const build = {
    extends: "./tsconfig.json",
    compilerOptions: {
      noEmit: false,
      incremental: false,
      tsBuildInfoFile: null,
      allowJs: false,
      checkJs: false,
      typeRoots: [join(root, "node_modules", "@types")],
    },
    include: ["main.ts", "spec/**/*.ts", "constructs/**/*.ts"],
  };
  writeFileSync(join(app, "tsconfig.build.json"), JSON.stringify(build));
  writeFileSync(join(app, "package.json"), JSON.stringify(manifest()));
  npm(app, ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]);
  return app;
}

/** What the sources import, with the framework as a new project has it. */
function manifest(): object {
  const { yaml, zod } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).dependencies;
  const { dependencies, overrides } = framework("cdktn");
  return { name: "app", version: "0.0.0", dependencies: { yaml, zod, ...dependencies }, overrides };
}

/** Type-checks and compiles to JavaScript, then runs that. Returns the folder of the output. */
function buildAndSynthesize(app: string, out: string): string {
  const lib = join(app, "dist", "lib");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  must(
    run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--rootDir", ".", "--outDir", lib], { cwd: app }),
    "build",
  );
  must(run(process.execPath, [join(lib, "main.js")], { cwd: app, env: { CDKTF_OUTDIR: out } }), "synth");
  return out;
}

function npm(cwd: string, args: string[]): void {
  const cli = process.env["npm_execpath"] ?? "";
  must(cli.endsWith(".js") ? run(process.execPath, [cli, ...args], { cwd }) : run("npm", args, { cwd }), "npm install");
}

function must({ status, stdout, stderr }: ReturnType<typeof run>, what: string): void {
  if (status !== 0) throw new Error(`${what} failed:\n${tail(stdout + stderr, 30)}`);
}
