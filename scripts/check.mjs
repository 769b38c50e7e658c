#!/usr/bin/env node
/** `npm run check`: format, lint, types, generated files. Runs all of it, then says what failed. `--fix` puts right what it can. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ROOT, VENV_PYTHON } from "./setup/shell.mjs";

const require = createRequire(import.meta.url);
const fix = process.argv.includes("--fix");
const python = [VENV_PYTHON, "-m"];

/**
 * A program out of `node_modules`, run by this Node.
 * @param {string} name of the package
 * @param {string} script inside it
 */
const node = (name, script) => [process.execPath, join(dirname(require.resolve(`${name}/package.json`)), script)];

/** @type {[string, string[]][]} */
const CHECKS = [
  [
    "biome (TypeScript: format, lint)",
    [
      ...node("@biomejs/biome", "bin/biome"),
      fix ? "check" : "ci",
      ...(fix ? ["--write"] : []),
      "--error-on-warnings",
      `--colors=${process.stdout.isTTY ? "force" : "off"}`,
      ".",
    ],
  ],
  ["ruff format (Python)", [...python, "ruff", "format", ...(fix ? [] : ["--check", "--quiet"]), "."]],
  ["ruff check (Python)", [...python, "ruff", "check", "--quiet", ...(fix ? ["--fix"] : []), "."]],
  ["tsc (TypeScript: types)", [...node("typescript", "bin/tsc"), "--noEmit", "-p", "."]],
  ["mypy (Python: types)", [...python, "mypy", "--no-error-summary"]],
  [
    "import-linter (packages of pipelines)",
    [VENV_PYTHON, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo", "--no-cache"],
  ],
  ["vocabulary, first sentences, READMEs", [...node("vitest", "vitest.mjs"), "run", "--reporter=dot", "test/lint"]],
  ["serverless (what it lacks is not used)", [...python, "pytest", "-q", "--no-header", "test/lint"]],
];
if (existsSync(join(ROOT, "scripts", "generate.ts"))) {
  CHECKS.push([
    "generated files are fresh",
    [...node("tsx", "dist/cli.mjs"), "scripts/generate.ts", ...(fix ? [] : ["--check"])],
  ]);
}

let failed = 0;
for (const [name, [command = "", ...args]] of CHECKS) {
  const started = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 26,
  });
  const ok = status === 0;
  console.log(`${ok ? "ok  " : "FAIL"}  ${name.padEnd(40)} ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (ok) continue;
  failed++;
  console.log(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trimEnd());
}
console.log(
  failed === 0
    ? "All checks passed."
    : `${failed} of ${CHECKS.length} checks failed.${fix ? "" : " `npm run check -- --fix` puts right what it can."}`,
);
process.exitCode = failed === 0 ? 0 : 1;
