/** The set-up: what must be there is looked for, what can be installed is installed, in the order in which it builds up. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildWheel } from "../wheel/build.mjs";
import { findJava, findPython } from "./find.mjs";
import { BROKER_JARS, installJars, jarsReady, KAFKA_JARS } from "./jars.mjs";
import { installNodePackages, nodePackagesReady } from "./npm.mjs";
import { setupLock } from "./once.mjs";
import { installPython, pythonReady } from "./python.mjs";
import { DEFAULT_JARS, installRuntime, RUNTIMES, runtimeReady } from "./runtimes.mjs";
import { ROOT, SetupError, say } from "./shell.mjs";

/** @typedef {{ ready: () => boolean, install: () => void | Promise<void> }} Step */

/**
 * @param {{ python: string, java: string, runtimes: readonly string[], jars: readonly string[] }} found
 * @returns {Step[]}
 */
function steps({ python, java, runtimes, jars }) {
  return [
    { ready: nodePackagesReady, install: installNodePackages },
    { ready: pythonReady, install: () => installPython(python) },
    ...runtimes.map((name) => ({ ready: () => runtimeReady(name), install: () => installRuntime(name) })),
    ...[DEFAULT_JARS, ...runtimes, ...jars].map((set) => ({
      ready: () => jarsReady(set),
      install: () => installJars(set, java),
    })),
  ];
}

/**
 * @param {readonly string[]} runtimes
 * @param {readonly string[]} jars
 */
async function setup(runtimes, jars) {
  const [python, java] = await Promise.all([findPython(), findJava()]);
  if ("fault" in python || "fault" in java) {
    throw new SetupError([python, java].flatMap((found) => ("fault" in found ? [found.fault] : [])).join("\n"));
  }
  const list = steps({ python: python.python, java: java.java, runtimes, jars });
  if (!list.every((step) => step.ready())) {
    const release = await setupLock();
    try {
      for (const step of list) if (!step.ready()) await step.install();
    } finally {
      release();
    }
  }
  // Installed as an npm package, the wheel was shipped and there is nothing to build it from.
  if (existsSync(join(ROOT, "pyproject.toml"))) buildWheel();
}

/** @param {string[]} args */
export async function main(args) {
  try {
    const flag = /** @type {const} */ ({ type: "boolean", default: false });
    const { values } = parseArgs({ args, options: { runtimes: flag, kafka: flag, broker: flag } });
    const jars = [...(values.kafka ? [KAFKA_JARS] : []), ...(values.broker ? [BROKER_JARS] : [])];
    await setup(values.runtimes ? RUNTIMES : [], jars);
    if (process.env["npm_lifecycle_event"] === "setup") say("Everything is set up.");
  } catch (error) {
    const plain = error instanceof SetupError || (error instanceof TypeError && "code" in error);
    say(plain ? error.message : String(error instanceof Error ? error.stack : error));
    process.exitCode = 1;
  }
}
