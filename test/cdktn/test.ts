/**
 * npm run test:cdktn: the way out of cdktf. In a copy of this project, cdktf and its provider are replaced by their
 * community continuation by package alias, no line of source changed; it must build, and synthesize the same stacks.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run, tail } from "../terraform/command";
import { compareOutputs } from "./compare";

/** What stands in for what. The provider package asks for Node 22.11; on Node 20 npm warns, and it works. */
const ALIASES = {
  cdktf: "npm:cdktn@0.24.0",
  "@cdktf/provider-databricks": "npm:@cdktn/provider-databricks@18.7.0",
  constructs: "~10.6.0",
};
/** The provider package asks for cdktn by its own name: one copy, or a construct of one is no construct of the other. */
const OVERRIDES = { cdktn: "0.24.0" };
const SOURCES = ["main.ts", "spec", "constructs", "config", "notebooks", "tsconfig.json", "dist/wheel"];
const LIBRARY_FILES = ["registry_columns.json", "default_document.json"];

const root = resolve(__dirname, "..", "..");
process.exitCode = main();

function main(): number {
  const scratch = mkdtempSync(join(tmpdir(), "medallion-cdktn-"));
  try {
    const app = copySources(join(scratch, "app"));
    symlinkSync(join(root, "node_modules"), join(app, "node_modules"), "junction");
    const before = buildAndSynthesize(app, join(scratch, "with-cdktf"));
    unlinkSync(join(app, "node_modules"));
    writeFileSync(join(app, "package.json"), JSON.stringify(manifest()));
    npm(app, ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]);
    const after = buildAndSynthesize(app, join(scratch, "with-cdktn"));
    const { faults, stacks, versions } = compareOutputs(before, after);
    console.log(`cdktf ${versions[0]} and cdktn ${versions[1]}: ${stacks} stacks, built and synthesized by both`);
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
    compilerOptions: { noEmit: false, incremental: false, tsBuildInfoFile: null, allowJs: false, checkJs: false },
    include: ["main.ts", "spec/**/*.ts", "constructs/**/*.ts"],
  };
  writeFileSync(join(app, "tsconfig.build.json"), JSON.stringify(build));
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", version: "0.0.0" }));
  return app;
}

/** The project's own dependencies that synthesis needs, and the stand-ins. */
function manifest(): object {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const own = { yaml: dependencies.yaml, zod: dependencies.zod };
  const tools = { typescript: devDependencies.typescript, "@types/node": devDependencies["@types/node"] };
  return { name: "app", version: "0.0.0", dependencies: { ...own, ...tools, ...ALIASES }, overrides: OVERRIDES };
}

/** Type-checks and compiles to JavaScript, then runs that. Returns the folder of the output. */
function buildAndSynthesize(app: string, out: string): string {
  const lib = join(app, "dist", "lib");
  const tsc = join(app, "node_modules", "typescript", "bin", "tsc");
  rmSync(lib, { recursive: true, force: true });
  must(
    run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--rootDir", ".", "--outDir", lib], { cwd: app }),
    "build",
  );
  must(
    run(process.execPath, [join(lib, "main.js")], { cwd: app, env: { CDKTF_OUTDIR: out, MEDALLION_STACKS: "" } }),
    "synth",
  );
  return out;
}

function npm(cwd: string, args: string[]): void {
  const cli = process.env["npm_execpath"] ?? "";
  must(cli.endsWith(".js") ? run(process.execPath, [cli, ...args], { cwd }) : run("npm", args, { cwd }), "npm install");
}

function must({ status, stdout, stderr }: ReturnType<typeof run>, what: string): void {
  if (status !== 0) throw new Error(`${what} failed:\n${tail(stdout + stderr, 30)}`);
}
