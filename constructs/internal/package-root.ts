import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file or folder that ships with this package; found by walking up, since compiled code lies deeper than its source. */
export function packagePath(...parts: string[]): string {
  return join(packageRoot(__dirname), ...parts);
}

function packageRoot(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error("medallion: its own package.json was not found; the package is not whole, install it again");
  return packageRoot(parent);
}
