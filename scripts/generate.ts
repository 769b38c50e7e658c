/** Writes the files that are generated from the definitions in spec/; with --check it only says which are stale. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigError } from "../spec";
import { generatedFiles } from "./generate/files";

const ROOT = join(__dirname, "..");

function main(check: boolean): number {
  const stale = [...generatedFiles(ROOT)].filter(([file, text]) => text !== read(join(ROOT, file)));
  for (const [file, text] of check ? [] : stale) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true });
    writeFileSync(join(ROOT, file), text);
  }
  for (const [file] of stale) console.log(`${check ? "stale" : "written"}: ${file}`);
  if (check && stale.length > 0) console.error("Run npm run generate and commit what it writes.");
  return check && stale.length > 0 ? 1 : 0;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

try {
  process.exitCode = main(process.argv.includes("--check"));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
