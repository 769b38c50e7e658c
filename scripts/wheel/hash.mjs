/** The content hash of the Python library: it stands in the wheel's version, so that old code in a job is visible. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * Every file of the library that goes into the wheel, with forward slashes, sorted by code unit.
 * Documentation and what Python leaves behind do not count.
 * @param {string} folder the `pipelines` folder
 * @returns {string[]}
 */
export function libraryFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(pyc|md)$/.test(entry.name) && !entry.name.startsWith("."))
    .map((entry) =>
      relative(folder, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join("/"),
    )
    .filter((path) => !path.split("/").includes("__pycache__"))
    .sort((a, b) => (a < b ? -1 : 1));
}

/**
 * @param {string} folder the `pipelines` folder
 * @returns {string} twelve hexadecimal digits
 */
export function wheelHash(folder) {
  const hash = createHash("sha256");
  for (const path of libraryFiles(folder)) {
    const content = readFileSync(join(folder, path));
    // Length first, so that no two different trees can give the same stream of bytes.
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 12);
}
