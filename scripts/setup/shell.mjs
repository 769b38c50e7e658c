/** The small things that every set-up step uses: where things are, running a program, saying something. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout (or of the installed package). */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** Folder of the tools; nothing is ever installed outside it and `node_modules`. */
export const TOOLS = process.env["MEDALLION_TOOLS"] ? resolve(process.env["MEDALLION_TOOLS"]) : join(ROOT, ".tools");

/** The Python of the project's own environment. */
export const VENV_PYTHON =
  process.platform === "win32"
    ? join(TOOLS, "python", "Scripts", "python.exe")
    : join(TOOLS, "python", "bin", "python");

/** A fault that the user can put right: one clear sentence, printed without a stack. */
export class SetupError extends Error {}

/**
 * A line for the user. Standard error, because `npm start -- --json` owns standard output.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a program to its end and returns what it printed, or undefined when it is not there or failed.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string | undefined>}
 */
export function capture(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.stderr.on("data", (chunk) => {
      text += chunk;
    });
    child.on("error", () => done(undefined));
    child.on("close", (code) => done(code === 0 ? text : undefined));
  });
}

/**
 * Runs a step's program quietly; when it fails, shows the end of what it printed and says what to do.
 * @param {string} what for the error: "pip could not install the Python packages"
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} [options]
 */
export function run(what, command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0) return result.stdout;
  const output = `${result.stdout ?? ""}\n${result.stderr ?? ""}`.trim().split("\n").slice(-25).join("\n");
  throw new SetupError(`${output}\n${what} (${result.error ? result.error.message : `see above`}).`);
}

/**
 * @param {...(string | Buffer)} parts
 * @returns {string} sha256, hexadecimal
 */
export function sha256(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/**
 * Returns the contents of a finished step's stamp, or "" when it never finished.
 * @param {string} file
 */
export function readStamp(file) {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
}

/**
 * A stamp is written last, so that a killed set-up never looks complete.
 * @param {string} file
 * @param {string} value
 */
export function writeStamp(file, value) {
  writeFileSync(file, `${value}\n`);
}

/** @param {string} path */
export function remove(path) {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** @param {number} since milliseconds */
export function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(0)} s`;
}
