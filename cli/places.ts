import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** The root of this package: of the checkout, or of the installed package. */
export const PACKAGE = findUp(__dirname, "package.json");

/**
 * The folder that the user is in. npm runs a package's scripts in the package's folder, and says in INIT_CWD where it was
 * called; in another folder, INIT_CWD is left over from an npm further up.
 */
export function userFolder(env: Env = process.env, cwd = process.cwd()): string {
  const manifest = env["npm_package_json"];
  const byNpm = manifest !== undefined && dirname(manifest) === cwd;
  return (byNpm ? env["INIT_CWD"] : undefined) ?? cwd;
}

/** A path as the user gave it. */
export function userPath(path: string, folder = userFolder()): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}

/** Where the set-up installs tools. */
export function toolsFolder(env: Env = process.env): string {
  const given = env["MEDALLION_TOOLS"];
  return given ? resolve(given) : join(PACKAGE, ".tools");
}

/** The folder of the CDKTF app: where the user is, when a cdktf.json is there; else this package with its example. */
export function appFolder(folder = userFolder()): string {
  return existsSync(join(folder, "cdktf.json")) ? folder : PACKAGE;
}

function findUp(folder: string, name: string): string {
  if (existsSync(join(folder, name))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`medallion: ${name} was not found; install the package again`);
  return findUp(parent, name);
}
