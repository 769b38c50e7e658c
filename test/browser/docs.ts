/** The walk over the site of the docs, as it is built. */
import { readdirSync } from "node:fs";
import type { Browser } from "playwright-core";
import { serve } from "./serve";
import type { Tally } from "./tally";
import { LAPTOP, PHONE, VIEWS, type View, Visit } from "./visit";

const DESK: View = { width: LAPTOP, scheme: "light" };
const HAND: View = { width: PHONE, scheme: "light" };

/** Pages of every kind (text, code, tables, a long reference) that are looked at in every view, with pictures. */
const EXAMPLES = ["index", "start", "guides/silver", "guides/operations", "reference/errors"];

/** Walks every page of the site in `folder`. */
export async function walkDocs(browser: Browser, folder: string, tally: Tally): Promise<void> {
  const server = await serve(folder);
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".html") && file !== "404.html")
    .sort();
  const visit = await Visit.open(browser, server.origin);
  try {
    const ids = new Map<string, ReadonlySet<string>>();
    const links: { readonly from: string; readonly to: string }[] = [];
    for (const file of pages) {
      await walkPage(visit, `${server.origin}/${file}`, file, tally);
      ids.set(`${server.origin}/${file}`, new Set(await visit.ask<string[]>("ids()")));
      for (const to of await visit.ask<string[]>("links()")) links.push({ from: file, to });
    }
    tally.check("docs: links", deadLinks(server.origin, links, ids));
    tally.check("docs: search", await unfound(visit, server.origin));
  } finally {
    await visit.close();
    server.close();
  }
}

/** Every page is looked at on a laptop in light, and for its width on a phone; the examples in every view. */
async function walkPage(visit: Visit, address: string, file: string, tally: Tally): Promise<void> {
  const page = file.replace(/\.html$/, "");
  const isExample = EXAMPLES.includes(page);
  const faults: string[] = [];
  await visit.look(DESK);
  await open(visit, address);
  for (const view of isExample ? VIEWS : [DESK, HAND]) {
    await visit.look(view);
    const found = await visit.ask<string[]>("tooWide()");
    if (isExample || view === DESK) found.push(...(await visit.ask<string[]>("violations()")));
    if (isExample) await visit.shoot(`docs-${page.replace("/", "-")}`, view);
    faults.push(...found.map((fault) => `${view.width} px, ${view.scheme}: ${fault}`));
  }
  tally.check(`docs: ${page}`, [...faults, ...visit.complaints()]);
}

/** Opens a page and waits until its scripts have taken it over. */
async function open(visit: Visit, address: string): Promise<void> {
  await visit.page.goto(address, { waitUntil: "load" });
  await visit.page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined");
}

/** Links to pages or headings of the site that are not there. */
function deadLinks(
  origin: string,
  links: readonly { readonly from: string; readonly to: string }[],
  ids: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  return links.flatMap(({ from, to }) => {
    if (!to.startsWith(origin)) return [];
    const { pathname, hash } = new URL(to);
    const page = ids.get(origin + (pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    const there = page !== undefined && (hash === "" || page.has(decodeURIComponent(hash.slice(1))));
    return there ? [] : [`${from}: ${to.slice(origin.length)}`];
  });
}

/** The search, opened, filled and followed by keyboard alone, leads to a page that has the word. */
async function unfound(visit: Visit, origin: string): Promise<string[]> {
  await visit.look(HAND);
  await open(visit, `${origin}/`);
  await visit.page.keyboard.press("Control+k");
  await visit.page.getByRole("searchbox").fill("quarantine");
  await visit.page.getByRole("option").first().waitFor({ timeout: 10_000 });
  const faults = [...(await visit.ask<string[]>("tooWide()")), ...(await visit.ask<string[]>("violations()"))];
  await visit.shoot("docs-search", HAND);
  await visit.page.keyboard.press("Enter");
  await visit.page.waitForURL((url) => url.pathname !== "/", { timeout: 10_000 });
  // The address changes before the page is drawn.
  const found = await visit.page
    .locator("main", { hasText: /quarantine/i })
    .waitFor({ timeout: 10_000 })
    .then(() => true)
    .catch(() => false);
  return [...faults, ...(found ? [] : [`quarantine leads to ${visit.page.url()}`]), ...visit.complaints()];
}
