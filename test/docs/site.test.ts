/** The docs as a site: built by the generator itself, which fails at a link to a page that is not there. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../spec/project";

const OUT = mkdtempSync(join(tmpdir(), "medallion-docs-"));
const pages = new Map<string, string>();

beforeAll(async () => {
  const build = ["--no-install", "vitepress", "build", "docs", "--outDir", OUT];
  await promisify(execFile)("npx", build, { cwd: ROOT });
  const files = readdirSync(OUT, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"));
  for (const file of files) pages.set(file, readFileSync(join(OUT, file), "utf8"));
});

afterAll(() => rmSync(OUT, { recursive: true, force: true }));

it("has a page for every file, and each is in the sidebar", () => {
  const files = execFileSync("git", ["ls-files", "docs/*.md"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
  const wanted = files.map((file) =>
    file.replace(/^docs\//, "").replace(/(README)?\.md$/, (_, readme) => (readme ? "index.html" : ".html")),
  );
  expect(files.length).toBeGreaterThan(40);
  expect(wanted.filter((page) => !pages.has(page))).toEqual([]);
  const sidebar = pages.get("index.html") ?? "";
  const hrefs = wanted.map((page) => `/${page.replace(/(^|\/)index\.html$/, "$1")}`);
  expect(hrefs.filter((href) => !sidebar.includes(`href="${href}"`))).toEqual([]);
});

it("has every heading that a link names", () => {
  const missing = [...pages].flatMap(([page, html]) =>
    [...html.matchAll(/href="([^":]*)#([^"]+)"/g)]
      .map(([, path = "", id = ""]) => ({ target: path === "" ? page : target(page, path), id: decodeURI(id) }))
      .filter(({ target, id }) => !pages.get(target)?.includes(`id="${id}"`))
      .map(({ target, id }) => `${page}: ${target}#${id}`),
  );
  expect(missing).toEqual([]);
});

it("loads nothing from a network", () => {
  const loaded = [...pages].flatMap(([page, html]) =>
    [...html.matchAll(/<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?\/\/[^"]*"/g)].map(
      ([tag]) => `${page}: ${tag}`,
    ),
  );
  expect(loaded).toEqual([]);
});

/** The file of the site to which a link leads. */
function target(page: string, path: string): string {
  const file = path.startsWith("/") ? path.slice(1) : normalize(join(dirname(page), path));
  return file === "" || file.endsWith("/") ? `${file}index.html` : file;
}
