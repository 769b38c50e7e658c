import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Fault } from "./fault";
import { toolsFolder } from "./paths";

type Env = Readonly<Record<string, string | undefined>>;

const SETUP = "run `npx --no-install medallion setup`";
const GET_JAVA = "install Java 17 or 21 (adoptium.net, or your package manager), or set JAVA_HOME to it";

/** The Python of the package's own environment; a fault where the set-up has not made it. */
export function findPython(tools = toolsFolder()): string {
  const python = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const path = join(tools, "python", ...python);
  if (!existsSync(path)) throw new Fault(`There is no Python environment in ${tools}: ${SETUP}.`);
  return path;
}

/** The same for what starts Spark; a fault where the set-up has not got the jars either. */
export function requirePython(tools = toolsFolder()): string {
  const path = findPython(tools);
  const jars = join(tools, "jars");
  if (!existsSync(jars) || readdirSync(jars).length === 0)
    throw new Fault(`The jars of Delta are not in ${tools}: ${SETUP}.`);
  return path;
}

/** Java as Spark will find it (JAVA_HOME, then PATH); a fault where there is none. */
export function requireJava(env: Env = process.env): string {
  const home = env["JAVA_HOME"];
  const program = process.platform === "win32" ? "java.exe" : "java";
  const java = home ? join(home, "bin", program) : findOnPath(program, env);
  if (java !== undefined && existsSync(java)) return java;
  throw new Fault(home ? `JAVA_HOME is ${home}, but there is no ${java}: ${GET_JAVA}.` : `No Java found: ${GET_JAVA}.`);
}

/** A fault where this Java is too old for Spark. */
export async function requireRecent(java: string): Promise<void> {
  const major = javaMajor(await firstWords(java));
  if (major === undefined) throw new Fault(`${java} does not say which Java it is: ${GET_JAVA}.`);
  if (major < 17) throw new Fault(`Java ${major} (${java}) is too old for Spark: ${GET_JAVA}.`);
}

/** The major version out of `java -version`: 17 of `"17.0.15"`, 8 of `"1.8.0_402"`. */
export function javaMajor(text: string): number | undefined {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return undefined;
  return Number(match[1] === "1" ? match[2] : match[1]);
}

function findOnPath(program: string, env: Env): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function firstWords(java: string): Promise<string> {
  return new Promise((done) => {
    execFile(java, ["-version"], (_, stdout, stderr) => done(`${stdout}${stderr}`));
  });
}
