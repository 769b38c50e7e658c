// The docs as a site: `npm run docs`. Pages are the Markdown files of docs/ as they are; nothing is fetched when it is built or read.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type MarkdownRenderer } from "vitepress";
import { searchBoxRoles } from "./search-box.mts";

const DOCS = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Groups of pages in the order in which they are read. A test keeps every page in one of them. */
const GROUPS: Record<string, readonly string[]> = {
  "Start here": ["index", "start", "comparison", "guides/composing", "guides/environments", "guides/own-spark"],
  "Data in": [
    "guides/files",
    "guides/kafka",
    "guides/change-events",
    "guides/nested-data",
    "guides/silver",
    "guides/schema-evolution",
  ],
  "Data out": ["guides/gold", "guides/query", "guides/quality", "guides/observability"],
  Deploy: [
    "guides/deploy-aws",
    "guides/deploy-azure",
    "guides/deploy-gcp",
    "guides/ci",
    "guides/policies",
    "guides/existing-things",
    "guides/local-workspace",
    "guides/certify",
    "guides/declarative",
  ],
  Operate: ["guides/operations", "guides/safety", "guides/privacy", "guides/cost", "guides/questions", "leaving"],
  Reference: [
    "glossary",
    "changelog",
    "security",
    ...["config", "vocabulary", "errors", "tables", "typescript", "python", "witnesses"].map(
      (page) => `reference/${page}`,
    ),
  ],
};

/** The first heading of a page. */
function title(page: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(join(DOCS, `${page}.md`), "utf8"));
  return (heading?.[1] ?? page).replaceAll("`", "");
}

function entry(page: string): { text: string; link: string } {
  return { text: title(page), link: page === "index" ? "/" : `/${page}` };
}

function decisions(): { text: string; link: string }[] {
  const pages = readdirSync(join(DOCS, "adr")).filter((name) => /^\d.*\.md$/.test(name));
  return pages.sort().map((name) => entry(`adr/${name.slice(0, -3)}`));
}

/** Links to files of the repository that are no page of the site become their text and the file's path. */
function pathsOfTheRepository(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("paths-of-the-repository", ({ tokens, env, Token }) => {
    const folder = dirname(env.path as string);
    for (const { children } of tokens) {
      for (const [at, opening] of (children ?? []).entries()) {
        const href = opening.type === "link_open" ? (opening.attrGet("href") ?? "") : "";
        const path = relative(DOCS, resolve(folder, decodeURI(href)));
        const closing = children?.slice(at).find((token) => token.type === "link_close");
        if (!href.startsWith("../") || !path.startsWith("..") || closing === undefined) continue;
        Object.assign(opening, { type: "text", content: "", nesting: 0 });
        Object.assign(closing, { type: "code_inline", content: relative("..", path.replace(/#.*/, "")), nesting: 0 });
        children?.splice(children.indexOf(closing), 0, Object.assign(new Token("text", "", 0), { content: " " }));
      }
    }
  });
}

/** Braces are text, never an expression of the page. */
function bracesAreText(markdown: MarkdownRenderer): void {
  const escaped = (content = "") => markdown.utils.escapeHtml(content).replaceAll("{{", "&#123;&#123;");
  markdown.renderer.rules.text = (tokens, at) => escaped(tokens[at]?.content);
  markdown.renderer.rules.code_inline = (tokens, at) => `<code>${escaped(tokens[at]?.content)}</code>`;
}

/** A head of a table without text is a cell: readers hear the name of a column, and it has none. */
function emptyHeadsAreCells(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("empty-heads-are-cells", ({ tokens }) => {
    for (const [at, opening] of tokens.entries()) {
      const closing = tokens[at + 2];
      if (opening.type !== "th_open" || tokens[at + 1]?.content !== "" || closing === undefined) continue;
      opening.tag = "td";
      closing.tag = "td";
    }
  });
}

/** The id of a heading, as GitHub makes it, so that a link works there and here. */
function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

export default defineConfig({
  title: "medallion",
  description: "Streaming medallion pipelines on Databricks, declared as code",
  lang: "en",
  outDir: join(DOCS, "..", ".medallion", "docs"),
  cacheDir: join(DOCS, "..", ".medallion", "docs-cache"),
  // No request for an icon, which there is none of.
  head: [["link", { rel: "icon", href: "data:," }]],
  rewrites: { "adr/README.md": "adr/index.md" },
  vite: { plugins: [searchBoxRoles()] },
  markdown: {
    html: false,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: slug },
    config(markdown) {
      pathsOfTheRepository(markdown);
      bracesAreText(markdown);
      emptyHeadsAreCells(markdown);
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      ...Object.entries(GROUPS).map(([text, pages]) => ({ text, items: pages.map(entry) })),
      { text: "Decisions", items: [{ text: "About these", link: "/adr/" }, ...decisions()] },
    ],
  },
});
