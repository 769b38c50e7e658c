#!/usr/bin/env node
/** Builds `dist/wheel/medallion_pipelines-<version>+<hash>-py3-none-any.whl`, unless the one for this content is there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT, remove, run, SetupError, say, VENV_PYTHON } from "../setup/shell.mjs";
import { wheelHash } from "./hash.mjs";

const library = join(ROOT, "pipelines");

function baseVersion() {
  const text = readFileSync(join(ROOT, "scripts", "wheel", "version.py"), "utf8");
  return /^BASE = "(.+)"$/m.exec(text)?.[1] ?? "";
}

/**
 * @param {string} [folder] where the wheel goes; every other wheel in it is removed
 * @returns {string} the wheel's path
 */
export function buildWheel(folder = join(ROOT, "dist", "wheel")) {
  const hash = wheelHash(library);
  const name = `medallion_pipelines-${baseVersion()}+${hash}-py3-none-any.whl`;
  const wheel = join(folder, name);
  if (!existsSync(wheel)) {
    if (!existsSync(VENV_PYTHON))
      throw new SetupError("The wheel is built in .tools/python: run `npm run setup` first.");
    const fresh = `${folder}-${process.pid}`;
    try {
      run(
        "hatchling could not build the wheel",
        VENV_PYTHON,
        ["-m", "hatchling", "build", "-t", "wheel", "-d", fresh],
        {
          env: {
            ...process.env,
            MEDALLION_WHEEL_HASH: hash,
            SOURCE_DATE_EPOCH: "1577836800",
            PYTHONDONTWRITEBYTECODE: "1",
          },
        },
      );
      mkdirSync(folder, { recursive: true });
      renameSync(join(fresh, name), wheel);
    } finally {
      remove(fresh);
    }
  }
  for (const other of readdirSync(folder)) if (other.endsWith(".whl") && other !== name) remove(join(folder, other));
  return wheel;
}

if (resolve(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) {
  try {
    say(buildWheel());
  } catch (error) {
    say(error instanceof SetupError ? error.message : String(error instanceof Error ? error.stack : error));
    process.exitCode = 1;
  }
}
