import { expect, it } from "vitest";
import { findingsInFiles } from "./files";

/** Folders and files whose comments and texts of settings are read. */
const SEARCHED = [
  "bench",
  "cli",
  "constructs",
  "local",
  "notebooks",
  "pipelines",
  "scripts",
  "spec",
  "workspace",
  ":(glob)*.{ts,py}",
];

/** Words that leave open what a thing does or is, at the beginning of its comment. */
const WORD = "(?:What|Whether|Which|Who|Whose|How|They|Where|When|Why)\\b.*";

/** Beginnings of documentation, each by its form. */
const FORMS: readonly RegExp[] = [
  // JSDoc, on its first or its second line.
  new RegExp(`(?<=/\\*\\*\\s+(?:\\* )?)${WORD}`, "g"),
  // A docstring, or a string under an attribute.
  new RegExp(`(?<=^[ \\t]*[rb]?"""\\s*)${WORD}`, "gm"),
  // The first `#:` line.
  new RegExp(`(?<=(?<!^[ \\t]*#:.*\\n)^[ \\t]*#: )${WORD}`, "gm"),
  // The first line of a comment at the margin.
  new RegExp(`(?<=(?<!^(?://|#) .*\\n)^(?://|#) )${WORD}`, "gm"),
  // The text of a setting, an output, an option.
  new RegExp(`(?<=(?:\\.describe\\(\\s*|\\b(?:description|help|title)(?:: ?|=))["'\`])${WORD}`, "g"),
];

function findings(text: string): string[] {
  return FORMS.flatMap((form) => [...text.matchAll(form)])
    .map(({ index, 0: found }) => ({ line: text.slice(0, index).split("\n").length, found }))
    .sort((a, b) => a.line - b.line)
    .map(({ line, found }) => `${line}: "${found}": begin with a verb or a noun`);
}

it.each([
  ["JSDoc", "\n/** What a task waits for. */", 2],
  ["JSDoc of several lines", "/**\n * Why a text is wrong.\n */", 2],
  ["a docstring", 'def f():\n    """Whether it holds."""', 2],
  ["a docstring below its quotes", '    r"""\n    How it is done.\n    """', 2],
  ["an attribute in a comment", "#: Where it lies.\nX = 1", 1],
  ["a comment at the margin", "x\n\n# Who may read.\nX = 1", 3],
  ["the text of a setting", 'text.describe(\n  "What it is for.")', 2],
  ["the help of an option", 'help="When it stops"', 1],
])("finds a first sentence that does not say what the thing does or is: %s", (_, text, line) => {
  expect(findings(text)).toEqual([expect.stringContaining(`${line}: `)]);
});

it.each([
  ["a later sentence", "/** Keys of tasks. What is left out waits for nothing. */"],
  ["a later line", "/**\n * Keys of tasks.\n * What is left out waits.\n */\n#: Keys.\n#: What else.\n# One\n# What"],
  ["a comment inside of a function", "  // What is left out waits."],
  ["a word that only begins alike", "/** Whatever. */"],
])("leaves alone %s", (_, text) => {
  expect(findings(text)).toEqual([]);
});

it("says first what the thing does or is, everywhere", () => {
  expect(findingsInFiles(SEARCHED, findings, /\.(ts|mjs|py|sh|sql)$/)).toEqual([]);
});
