import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Fault } from "../fault";
import { isCheckout, PACKAGE, userPath } from "../paths";
import type { File } from "./project";

/** Source of this package for a project: the specifier for npm, and the file that has to be in the project for it. */
export interface PackageSource {
  readonly spec: string;
  readonly file?: File;
}

/**
 * The source of this package for a new project. A packed file becomes part of the project, since a path of this machine
 * would mean nothing to anybody else; anything else that npm takes, such as a version, is left as it is.
 *
 * @param given a packed file, or what npm takes @default - this very package, packed
 */
export function packageSource(given?: string): PackageSource {
  if (given === undefined) return packed();
  const path = userPath(given.replace(/^file:/, ""));
  if (given.endsWith(".tgz") && existsSync(path) && statSync(path).isFile()) return vendored(path);
  return { spec: given };
}

/** Packs this package: a checkout is built first, an installed package was built already. */
function packed(): PackageSource {
  const folder = mkdtempSync(join(tmpdir(), "medallion-pack-"));
  process.stderr.write("Packing this package for the project ...\n");
  try {
    const args = ["pack", "--pack-destination", folder, ...(isCheckout() ? [] : ["--ignore-scripts"])];
    const npm = process.env["npm_execpath"] ?? "";
    const options = { cwd: PACKAGE, encoding: "utf8" } as const;
    const { status, stderr, error } = npm.endsWith(".js")
      ? spawnSync(process.execPath, [npm, ...args], options)
      : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
    const [file] = readdirSync(folder);
    if (status !== 0 || file === undefined) {
      const why = error?.message ?? stderr.trim().split("\n").slice(-5).join("\n");
      throw new Fault(`npm could not pack ${PACKAGE} (say with --package where npm gets it from):\n${why}`);
    }
    return vendored(join(folder, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vendored(path: string): PackageSource {
  const file = `vendor/${basename(path)}`;
  return { spec: `file:${file}`, file: { path: join("vendor", basename(path)), content: readFileSync(path) } };
}
