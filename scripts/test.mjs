#!/usr/bin/env node
/**
 * Runs one tier of tests and ends with one line that counts them all.
 *
 *   node scripts/test.mjs default [paths or -k/-t words ...]
 *
 * Paths go to the runner that they belong to: *.ts to vitest, *.py to pytest, folders to both.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, remove, say, VENV_PYTHON } from "./setup/shell.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ name: string, run: (folder: string, args: string[]) => Counts }} Runner */

/** @type {Runner} */
const vitest = { name: "TypeScript", run: runVitest };

/**
 * @param {string} name
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Runner}
 */
const pytest = (name, args, env = {}) => ({ name, run: (folder, more) => runPytest(folder, [...args, ...more], env) });

/** Versions of Spark for the tier `runtimes`; MEDALLION_RUNTIMES names fewer of them, joined by commas. */
const older = (process.env.MEDALLION_RUNTIMES ?? "4.0,4.1").split(",");
const onlySpark = ["-m", "spark"];
/** Filter of pytest marks for the tests without a tier of their own. */
const common = "not declarative and not kafka and not crash and not cases";

/** @type {Record<string, Runner[]>} */
const TIERS = {
  // A file at a time in each of two processes: much of what Spark does for a small table is one thread's, such as planning.
  default: [vitest, pytest("Python", ["-n", "2", "--dist", "loadfile", "-m", `not slow and ${common}`])],
  fast: [vitest, pytest("Python", ["-m", `not spark and not e2e and not slow and ${common}`])],
  slow: [pytest("Slow", ["-m", `slow and ${common}`])],
  crash: [pytest("Crash", ["-m", "crash"])],
  cases: [pytest("Cases", ["-m", "cases"])],
  declarative: [pytest("Declarative pipelines", ["-m", "declarative"])],
  kafka: [pytest("Kafka", ["-m", "kafka"])],
  connect: [pytest("Spark Connect", onlySpark, { MEDALLION_SPARK_MODE: "connect" })],
  runtimes: older.map((version) => pytest(`Spark ${version}`, onlySpark, { MEDALLION_SPARK: version })),
};

/**
 * @param {string} folder for the result file
 * @param {string[]} args
 * @returns {Counts}
 */
function runVitest(folder, args) {
  const filters = args.filter((arg) => !arg.endsWith(".py"));
  if (args.length > 0 && filters.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const file = join(folder, "vitest.json");
  const cli = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${file}`];
  const status = start(process.execPath, [cli, "run", "--passWithNoTests", ...reporters, ...filters], {});
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(file, "utf8"));
  const failed = result.numFailedTests;
  return {
    passed: result.numPassedTests,
    // A file that could not even be loaded holds no failed test, but the run failed.
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/**
 * @param {string} folder for the result file
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Counts}
 */
function runPytest(folder, args, env) {
  const filters = args.filter((arg) => !arg.endsWith(".ts"));
  if (args.length > 0 && filters.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const file = join(folder, "pytest.xml");
  const status = start(
    VENV_PYTHON,
    ["-m", "pytest", "-q", "--no-header", "--durations=10", "--durations-min=10", `--junitxml=${file}`, ...filters],
    env,
  );
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const suite = /<testsuite [^>]*>/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  /** @param {string} name */
  const count = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  const noTests = 5;
  return {
    passed: count("tests") - failed - skipped,
    failed: failed === 0 && status !== 0 && status !== noTests ? 1 : failed,
    skipped,
  };
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function start(command, args, env) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...env },
  });
  if (result.error) say(`${command}: ${result.error.message}`);
  return result.status;
}

/**
 * @param {string} tier
 * @param {string[]} args
 */
function main(tier, args) {
  const runners = TIERS[tier];
  if (!runners) {
    say(`No tier ${JSON.stringify(tier)}; there are: ${Object.keys(TIERS).join(", ")}.`);
    process.exitCode = 2;
    return;
  }
  const started = Date.now();
  const said = mkdtempSync(join(tmpdir(), "medallion-said-"));
  process.env.MEDALLION_CLOSING_LINES = join(said, "lines");
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const runner of runners) {
    console.log(`\n== ${runner.name}`);
    const folder = mkdtempSync(join(tmpdir(), "medallion-test-"));
    const counts = runner.run(folder, args);
    remove(folder);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  console.log(`\nTook ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  if (existsSync(process.env.MEDALLION_CLOSING_LINES)) {
    process.stdout.write(readFileSync(process.env.MEDALLION_CLOSING_LINES, "utf8"));
  }
  remove(said);
  if (total.passed + total.failed === 0) say("No test was run.");
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

main(process.argv[2] ?? "default", process.argv.slice(3));
