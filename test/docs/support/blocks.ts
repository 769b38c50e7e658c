import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../spec/project";

/** Decisions tell of their time; a project that `init` makes has commands of its own. */
const NOT_READ = [":!docs/adr", ":!cli/init/template"];

/** A piece of code in a page: a fenced block, or code within a sentence. */
export interface Snippet {
  /** Page and line, such as `docs/start.md:7`. */
  readonly at: string;
  readonly page: string;
  /** Word behind the fence; `inline` for code within a sentence. */
  readonly language: string;
  readonly text: string;
}

/** Reads every snippet of the pages that people read. */
export function snippets(): Snippet[] {
  const pages = execFileSync("git", ["ls-files", "--", "*.md", ...NOT_READ], { cwd: ROOT, encoding: "utf8" });
  return pages
    .trim()
    .split("\n")
    .flatMap((page) => snippetsOf(page, readFileSync(join(ROOT, page), "utf8")));
}

/** Reads the snippets of one page. */
export function snippetsOf(page: string, markdown: string): Snippet[] {
  const found: Snippet[] = [];
  const line = (index: number): string => `${page}:${markdown.slice(0, index).split("\n").length}`;
  const fences = /^( *)(`{3,})(\w*)[^\n]*\n(.*?)^\1\2 *$/gms;
  for (const { index, 1: indent = "", 3: language = "", 4: body = "" } of markdown.matchAll(fences)) {
    const text = body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    found.push({ at: line(index), page, language, text });
  }
  // Lines stay where they are, so that code within sentences has its line.
  const prose = markdown.replaceAll(fences, (block) => block.replaceAll(/[^\n]/g, " "));
  for (const { index, 1: text = "" } of prose.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g))
    found.push({ at: line(index), page, language: "inline", text });
  return found;
}
