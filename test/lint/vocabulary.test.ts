import { expect, it } from "vitest";
import { findingsInFiles } from "./files";

/** Files in which the words are looked for; decisions of the past keep the words of their time. */
const SEARCHED = [
  ...["*.md", "bench/*", "cli/*", "config/*", "constructs/*", "local/*", "notebooks/*", "pipelines/*", "scripts/*"],
  ...["spec/*", "workspace/*", ":!docs/adr", ":!*CHANGELOG*"],
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
  [/unplanned/i, "unexpected fields"],
  [/(?<!connection)refus(e|al|ing)/i, "reject"],
  [/(?<!\bin )(?<!\b(?:two|four|decimal) )\b_?places?\b(?!: decimals)/i, "folder, path, position, schema"],
  [/\b(delta\.|commit\.|last_)markers?\b/i, "user metadata"],
  [/\.bounds\b|\bwithin\(/, "key ranges, pruning predicate"],
  [/(?<![</])\bfigures?\b(?!>|,| \{| svg)/i, "aggregate column, number"],
  [/\bfollow(s|ed|ing)? (its |their |the )?changes\b|\bchanges (are |be )?followed\b/i, "incremental refresh"],
  [/\bpatience\b|\bfull_s\b/i, "back-off, last full refresh"],
  [/\bmaterialized\(|\bjoin_all\b/, "storable type, common type"],
  [/\bFieldShape\b|\bobserved\.shape\b/, "profile"],
  [/\bverdicts?\b|\bjudg(e|ed|es|ing|ement)\b/i, "evaluate, status"],
  [/\b(each|every|other|of the|no) rooms?\b|\bdoors?\b/i, "package, entry point"],
  [/\bexamine\b/i, "evaluate_batch, analyse_model"],
  [/\bslice_array\b/i, "JSON array cutting"],
  [/\b_?settle\(/i, "the verb that says what is done"],
  [/\bstanding\b/i, "current rows, registered plan, current versions"],
  [/\bslicing\b/i, "JSON array cutting"],
  [/\bticks?\b(?!":)/i, "iteration"],
  [/\bso (many|few|often|long|old)\b(?! as\b)/i, "a number with its unit"],
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
  expect(findingsInFiles(SEARCHED, findings)).toEqual([]);
});
