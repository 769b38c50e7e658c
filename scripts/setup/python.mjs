/** The Python environment in `.tools/python`, exactly what the lock files say. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, readStamp, remove, run, say, seconds, sha256, TOOLS, VENV_PYTHON, writeStamp } from "./shell.mjs";

const venv = join(TOOLS, "python");
const lock = join(ROOT, "requirements", "local.lock");
/** Lock file of the builders of source packages (PySpark), installed first, so that pip fetches nothing unlocked. */
const buildLock = join(ROOT, "requirements", "build.lock");
const complete = join(venv, ".complete");
/** Stands while pip works: what a killed pip leaves can look installed, so it is thrown away. */
const working = join(venv, ".installing");

const wanted = () => sha256(readFileSync(buildLock), readFileSync(lock));

/** @returns {boolean} */
export function pythonReady() {
  return existsSync(VENV_PYTHON) && !existsSync(working) && readStamp(complete) === wanted();
}

/** @param {string} python the machine's Python, used only to make the environment */
export function installPython(python) {
  const started = Date.now();
  say("Installing Python packages into .tools/python (Spark is 450 MB, so the first time takes a few minutes) ...");
  // An environment that an earlier lock file filled is brought up to date; anything else is made anew.
  const reuse = existsSync(VENV_PYTHON) && existsSync(complete) && !existsSync(working);
  if (!reuse) {
    remove(venv);
    mkdirSync(TOOLS, { recursive: true });
    run("Python could not make a virtual environment", python, ["-m", "venv", venv]);
  }
  writeStamp(working, wanted());
  const fault = "pip could not install the Python packages";
  pip(fault, ["install", "--require-hashes", "-r", buildLock]);
  pip(fault, ["install", "--require-hashes", "--no-build-isolation", "-r", lock]);
  if (reuse) uninstallStrays();
  writeStamp(complete, wanted());
  remove(working);
  say(`  done in ${seconds(started)}`);
}

/**
 * @param {string} what
 * @param {string[]} args
 */
export function pip(what, args) {
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  return run(what, VENV_PYTHON, ["-m", "pip", ...args, ...quiet], {
    // pip must not be led into the user's own packages.
    env: { ...process.env, PYTHONNOUSERSITE: "1", PYTHONPATH: "", PIP_REQUIRE_VIRTUALENV: "1" },
  });
}

/** Packages that an earlier lock file had and this one has not. */
function uninstallStrays() {
  const locked = new Set(
    [buildLock, lock]
      .flatMap((file) => readFileSync(file, "utf8").split("\n"))
      .map((line) => /^([A-Za-z0-9._-]+)(\[.*\])?==/.exec(line)?.[1])
      .filter((name) => name !== undefined)
      .map(normal),
  );
  const kept = new Set(["pip", "medallion-pipelines"]);
  const strays = pip("pip could not list its packages", ["list", "--format=freeze"])
    .split("\n")
    .map((line) => line.split("==")[0]?.trim() ?? "")
    .filter((name) => name !== "" && !locked.has(normal(name)) && !kept.has(normal(name)));
  if (strays.length > 0) pip("pip could not remove old packages", ["uninstall", "--yes", ...strays]);
}

/** @param {string} name */
const normal = (name) => name.toLowerCase().replace(/[-_.]+/g, "-");
