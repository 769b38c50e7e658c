/** Node packages: `npm ci` when they are missing or older than the lock file. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT, readStamp, run, say, seconds, sha256, writeStamp } from "./shell.mjs";

const lock = join(ROOT, "package-lock.json");
const modules = join(ROOT, "node_modules");
const stamp = join(modules, ".medallion-lock");
/** npm writes this last, so it tells a finished installation from a killed one. */
const finished = join(modules, ".package-lock.json");

/** @returns {boolean} whether `node_modules` is what the lock file says */
export function nodePackagesReady() {
  // Installed as a package, there is no lock file of ours, and whoever installed us did the rest.
  if (!existsSync(lock)) return true;
  if (!existsSync(finished)) return false;
  if (readStamp(stamp) === sha256(readFileSync(lock))) return true;
  // Somebody ran npm by hand: then npm's own file is newer than the lock.
  return statSync(finished).mtimeMs >= statSync(lock).mtimeMs;
}

export function installNodePackages() {
  const started = Date.now();
  say("Installing Node packages (npm ci; 850 MB on disk, so the first time takes some minutes) ...");
  // The npm that is running us, when it is npm: what `npm` means on PATH may be another one.
  const cli = process.env["npm_execpath"] ?? "";
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  if (cli.endsWith("npm-cli.js")) run("npm could not install the Node packages", process.execPath, [cli, ...args]);
  else run("npm could not install the Node packages", "npm", args, { shell: process.platform === "win32" });
  writeStamp(stamp, sha256(readFileSync(lock)));
  say(`  done in ${seconds(started)}`);
}
