import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../spec/project";

/** Files in which the words are looked for; decisions of the past keep the words of their time. */
const SEARCHED = [
  ...["*.md", "cli/*", "config/*", "constructs/*", "local/*", "notebooks/*", "pipelines/*", "spec/*"],
  ...[":!docs/adr", ":!*CHANGELOG*", ":!bench"],
];

/** Words that gave way, and what stands for each now. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bfates?\b/i, "row outcome"],
  [/\brow accounts?\b/i, "row counts"],
  [/\brulings?\b/i, "quality override"],
  [/\bintake\b|\bsort_out\b/i, "file discovery"],
  [/\bupkeep\b|\bkeep_up\b/i, "maintenance"],
  [/\berasing\b/i, "delete rows"],
  [/\bdrift hooks?\b/i, "drift webhook"],
  [/\bunplanned\b/i, "unexpected fields"],
  [/\bslicing\b/i, "JSON array cutting"],
  [/\bticks?\b(?!":)/i, "iteration"],
  [/\bjudged? again\b|\bverdict of\b/i, "evaluated again"],
  [/\bat most so many\b|\bolder than so many\b|\bis so old\b|\btried again so often\b/i, "a number with its unit"],
];

function findings(text: string): string[] {
  return text.split("\n").flatMap((line, index) =>
    WORDS.flatMap(([word, instead]) => {
      const found = word.exec(line);
      return found === null ? [] : [`${index + 1}: "${found[0]}": write "${instead}"`];
    }),
  );
}

it("finds a word that gave way, with its line and what to write", () => {
  expect(findings("a row\nhas one fate")).toEqual(['2: "fate": write "row outcome"']);
});

it("is written in the words of the vocabulary", () => {
  const files = execFileSync("git", ["ls-files", "--", ...SEARCHED], { cwd: ROOT, encoding: "utf8" })
    .trim()
    .split("\n");
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    findings(readFileSync(join(ROOT, file), "utf8")).map((line) => `${file}:${line}`),
  );
  expect(found).toEqual([]);
});
