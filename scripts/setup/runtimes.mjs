/** Older Spark versions, for `npm run test:runtimes`: PySpark alone, in a folder that goes in front of PYTHONPATH. */
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { pip } from "./python.mjs";
import { ROOT, readStamp, remove, say, seconds, sha256, TOOLS, writeStamp } from "./shell.mjs";

/** Databricks Runtime 17.3 LTS is Spark 4.0, 18 LTS is Spark 4.1. The newest, 4.2, is the one in `.tools/python`. */
export const RUNTIMES = ["spark-4.0", "spark-4.1"];
export const DEFAULT_JARS = "spark-4.2";

/** @param {string} name */
const lockOf = (name) => join(ROOT, "requirements", `${name}.lock`);

/** @param {string} name */
export function runtimeReady(name) {
  const stamp = join(TOOLS, name, ".complete");
  return existsSync(join(TOOLS, name, "pyspark")) && readStamp(stamp) === sha256(readFileSync(lockOf(name)));
}

/** @param {string} name */
export function installRuntime(name) {
  const started = Date.now();
  say(`Installing ${name} into .tools/${name} ...`);
  const fresh = join(TOOLS, `.${name}-${process.pid}`);
  try {
    pip(`pip could not install ${name}`, [
      "install",
      "--no-deps",
      "--require-hashes",
      "--no-build-isolation",
      "--target",
      fresh,
      "-r",
      lockOf(name),
    ]);
    writeStamp(join(fresh, ".complete"), sha256(readFileSync(lockOf(name))));
    remove(join(TOOLS, name));
    renameSync(fresh, join(TOOLS, name));
  } finally {
    remove(fresh);
  }
  say(`  done in ${seconds(started)}`);
}
