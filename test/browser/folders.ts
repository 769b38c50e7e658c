import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "..", "..");

/** Folder, ignored by git, in which the walk keeps the run, the built docs and its pictures. */
export const OUT = join(ROOT, ".medallion", "browser");
export const SHOTS = join(OUT, "pictures");
