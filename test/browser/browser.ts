/** The browser of the walk: the one of this machine, or Debian's, which CI installs. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
const APPLICATIONS = ["Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome"];
const APT = [
  ["update", "-qq"],
  ["install", "-qq", "-y", "--no-install-recommends", "chromium", "fonts-liberation"],
];

/**
 * Returns the path of a browser of Chromium's family, or the reason why there is none.
 *
 * `MEDALLION_BROWSER` names one. Where none is installed, CI as root installs Debian's; on a machine of a person nothing is
 * installed outside the clone.
 */
export function requireBrowser(): { readonly path: string } | { readonly reason: string } {
  const named = process.env["MEDALLION_BROWSER"];
  if (named !== undefined) {
    if (!executable(named)) throw new Error(`MEDALLION_BROWSER names ${named}, which is no executable file.`);
    return { path: named };
  }
  const installed = find();
  if (installed !== undefined) return { path: installed };
  const advice = "install Chromium (Debian: apt-get install chromium), or name a browser by MEDALLION_BROWSER";
  if (process.env["CI"] === undefined) return { reason: `no Chromium, Chrome or Edge is installed: ${advice}` };
  if (process.getuid?.() !== 0) return { reason: `no browser is installed, and only root can install one: ${advice}` };
  const fault = installFromDebian();
  const path = find();
  return path === undefined ? { reason: `no browser is installed, and apt-get has none: ${fault}` } : { path };
}

function find(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...APPLICATIONS.map((name) => join("/Applications", name)),
  ].find(executable);
}

/** Installs Chromium by apt-get; returns the end of what a failing apt-get printed. */
function installFromDebian(): string {
  console.log("Installing Chromium on this machine (apt-get install chromium: 100 MB, up to two minutes) ...");
  for (const args of APT) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const { status, stderr, error } = spawnSync("apt-get", args, { env, encoding: "utf8", timeout: 300_000 });
    if (status !== 0) return error?.message ?? stderr.trim().split("\n").slice(-3).join("; ");
  }
  return "it installed no program of a known name";
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
