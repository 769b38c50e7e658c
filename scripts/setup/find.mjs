/** Looks for Python and Java, which must be on the machine already. Never installs. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { capture } from "./shell.mjs";

/** `import venv, ensurepip` fails where a distribution ships Python without them. */
const PYTHON_PROBE =
  "import sys\nprint('%d.%d.%d' % sys.version_info[:3])\nprint(sys.executable)\n" +
  "try:\n    import venv, ensurepip\n    print('venv')\nexcept ImportError:\n    print('no venv')\n";

/**
 * @param {string[]} parts major, minor
 */
const atLeast310 = ([major, minor]) => Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 10);

/**
 * The first Python >= 3.10 that can make virtual environments.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ python: string, version: string } | { fault: string }>}
 */
export async function findPython(env = process.env) {
  const wanted = env["MEDALLION_PYTHON"];
  const candidates = wanted ? [wanted] : ["python3", "python", "python3.13", "python3.12", "python3.11", "python3.10"];
  /** @type {string[]} */
  const seen = [];
  for (const candidate of candidates) {
    const [version, executable, venv] = ((await capture(candidate, ["-c", PYTHON_PROBE])) ?? "").trim().split(/\r?\n/);
    if (!version || !executable) continue;
    if (!atLeast310(version.split("."))) seen.push(`${candidate} is ${version}`);
    else if (venv !== "venv") seen.push(`${candidate} (${version}) lacks the venv module; on Debian: python3-venv`);
    else return { python: executable, version };
  }
  const found = seen.length > 0 ? `found only: ${seen.join("; ")}` : `looked for ${candidates.join(", ")}`;
  return {
    fault: `No Python 3.10 or newer (${found}): install it (python.org, or your package manager), or set MEDALLION_PYTHON to its path.`,
  };
}

/**
 * The major number out of `java -version`.
 * @param {string} text
 */
export function javaMajor(text) {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) return undefined;
  return match[1] === "1" ? Number(match[2]) : Number(match[1]);
}

/**
 * Java as Spark will find it: JAVA_HOME first, then PATH.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ java: string } | { fault: string }>}
 */
export async function findJava(env = process.env) {
  const get =
    "install Java 17 or 21 (adoptium.net, or your package manager) and put it on PATH, or set JAVA_HOME to it.";
  const home = env["JAVA_HOME"];
  const inHome = home ? join(home, "bin", process.platform === "win32" ? "java.exe" : "java") : "";
  if (home && !existsSync(inHome)) return { fault: `JAVA_HOME is ${home}, but there is no ${inHome}: ${get}` };
  const java = inHome || "java";
  const text = await capture(java, ["-version"]);
  if (text === undefined) return { fault: `No Java found: ${get}` };
  const major = javaMajor(text);
  if (major === undefined || major < 17)
    return { fault: `Java ${major ?? "?"} (${java}) is too old for Spark: ${get}` };
  return { java };
}
