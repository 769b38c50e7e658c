import { expect, it } from "vitest";
import { findingsInFiles } from "./files";

/** A number in front of a plural that it may not be; `counted` of spec/words.ts and pipelines/errors.py says both. */
const FORMS = [
  /\$\{[\w.?]*\.(?:length|size)\} (?:\w+ )?[a-z]{3,}s\b(?! at most)/,
  /\{len\([^{}]*\)(?::,)?\} (?:\w+ )?[a-z]{3,}s\b/,
  /[a-z]\(s\)/,
];

const SEARCHED = ["cli", "constructs", "local", "pipelines", "spec", ":!spec/generated"];

/** Lines whose number is at least two. */
const MANY =
  /wheels \(|more than|cron|it has \$\{given|jobs with a parameter|webhooks, a job|tables, a pipeline|statements: |of \{len\(shown\)\} tasks/;

function findings(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const found = FORMS.map((form) => form.exec(line)?.[0]).find((one) => one !== undefined);
    return found === undefined || MANY.test(line) ? [] : [`${index + 1}: "${found}": write counted(number, noun)`];
  });
}

it.each([
  "`${files.length} files`",
  "`${sample.records.length} usable records`",
  'f"{len(rows):,} rows"',
  '"1 task(s)"',
])("finds %s", (line) => {
  expect(findings(line)).toEqual([expect.stringContaining("1: ")]);
});

it.each(['`${counted(files.length, "file")}`', "f\"{counted(len(rows), 'row')}\"", "`${a.length} of them`"])(
  "leaves alone %s",
  (line) => {
    expect(findings(line)).toEqual([]);
  },
);

it("says one thing in the singular, everywhere", () => {
  expect(findingsInFiles(SEARCHED, findings, /\.(ts|py)$/)).toEqual([]);
});
