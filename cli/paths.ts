import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** The root of this package: of the checkout, or of the installed package. */
export const PACKAGE = packageFolder();

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

/** Returns the folder in which the set-up installs tools. */
export function toolsFolder(env: Env = process.env): string {
  const given = env["MEDALLION_TOOLS"];
  return given ? resolve(given) : join(PACKAGE, ".tools");
}

/** The user's project: the folder where the user is, or the nearest above, that has a cdktf.json. */
export function projectFolder(folder = userFolder()): string | undefined {
  return findUp(folder, "cdktf.json");
}

/** The folder of the CDKTF app: the user's project; outside of one, this package with its example. */
export function appFolder(folder = userFolder()): string {
  return projectFolder(folder) ?? PACKAGE;
}

/** Return whether the app is this package's own example. */
export function isOwnProject(): boolean {
  return realpathSync(appFolder()) === realpathSync(PACKAGE);
}

/** Return whether this package is a checkout of its repository, rather than installed by npm. */
export function isCheckout(): boolean {
  return existsSync(join(PACKAGE, "tsconfig.json"));
}

function packageFolder(): string {
  const folder = findUp(__dirname, "package.json");
  if (folder === undefined) throw new Error("medallion: package.json was not found; install the package again");
  return folder;
}

/** The nearest folder that holds a file of this name: the one given, or one above it. */
function findUp(folder: string, name: string): string | undefined {
  if (existsSync(join(folder, name))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : findUp(parent, name);
}
