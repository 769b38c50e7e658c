import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { ROOT } from "../spec/project";

/** Findings in the text of the project's files, each with its file. `searched` are pathspecs of git. */
export function findingsInFiles(
  searched: readonly string[],
  findings: (text: string) => string[],
  names: RegExp = /./,
): string[] {
  const listed = execFileSync("git", ["ls-files", "--", ...searched], { cwd: ROOT, encoding: "utf8" });
  const files = listed
    .trim()
    .split("\n")
    .filter((file) => names.test(file));
  expect(files.length).toBeGreaterThan(100);
  return files.flatMap((file) => findings(readFileSync(join(ROOT, file), "utf8")).map((line) => `${file}:${line}`));
}
