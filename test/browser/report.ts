/** The walk over a report, opened from disk as people open it. */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import type { Tally } from "./tally";
import { VIEWS, Visit } from "./visit";

interface Column {
  readonly sort: string | null;
  readonly texts: readonly string[];
}

interface Drawing {
  readonly chart: string | null;
  readonly rows: number | null;
  readonly empty: number;
}

/** Walks a report in every view; `name` is that of its checks and pictures. */
export async function walkReport(browser: Browser, name: string, file: string, tally: Tally): Promise<void> {
  const address = pathToFileURL(file).href;
  const visit = await Visit.open(browser, address);
  try {
    for (const view of VIEWS) {
      const at = `${name} at ${view.width} px, ${view.scheme}`;
      await visit.look(view);
      await visit.page.goto(address);
      const folded = await visit.ask<string[]>("tooWide()");
      await visit.shoot(name, view);
      await visit.ask("unfold()");
      tally.check(`${at}: width`, [...folded, ...(await visit.ask<string[]>("tooWide()"))]);
      tally.check(`${at}: accessibility`, await visit.ask<string[]>("violations()"));
      await visit.shoot(`${name}-unfolded`, view);
    }
    tally.check(`${name}: links`, await deadLinks(visit, address));
    tally.check(`${name}: charts`, await mute(visit));
    tally.check(`${name}: sorting by keyboard`, await unsorted(visit));
    tally.check(`${name}: search`, await unfound(visit));
    tally.check(`${name}: console and requests`, visit.complaints());
  } finally {
    await visit.close();
  }
}

/** Links to places of the report that are not there, or to files that are not beside it. */
async function deadLinks(visit: Visit, address: string): Promise<string[]> {
  const ids = new Set(await visit.ask<string[]>("ids()"));
  return (await visit.ask<string[]>("links()")).filter((link) => {
    const { href, hash } = new URL(link);
    if (href.slice(0, href.length - hash.length) === address) return !ids.has(decodeURIComponent(hash.slice(1)));
    return !existsSync(fileURLToPath(link));
  });
}

/** Drawings without a name for who hears the page, and charts without values; the browser itself computes the names. */
async function mute(visit: Visit): Promise<string[]> {
  const drawings = await visit.ask<Drawing[]>("drawings()");
  const images = await visit.page.locator("main").getByRole("img").all();
  const named = await visit.page.locator("main").getByRole("img", { name: /\S/ }).count();
  const faults = drawings
    .filter(({ chart, rows, empty }) => chart !== null && (rows === 0 || empty > 0))
    .map(({ chart, rows, empty }) => `${chart}: ${rows} values, ${empty} of them empty`);
  for (const { chart } of drawings.filter((drawing) => drawing.chart !== null)) {
    const count = await visit.page.getByRole("img", { name: chart ?? "", exact: false }).count();
    if (count === 0) faults.push(`${chart}: no image of this name`);
  }
  if (named < images.length) faults.push(`${images.length - named} images have no name`);
  return faults;
}

/** Columns that are not in order after Enter (ascending) and Space (descending) on their heads, reached by Tab. */
async function unsorted(visit: Visit): Promise<string[]> {
  const faults: string[] = [];
  for (const table of await visit.page.locator("table.list").all()) {
    const label = (await table.locator("xpath=..").getAttribute("aria-label")) ?? "";
    const heads = await table.locator("thead button").all();
    await heads[0]?.focus();
    for (const [number, head] of heads.entries()) {
      const column = `${label}, ${await head.textContent()}`;
      const before = await visit.ask<Column | null>("focusedColumn()");
      if (before === null) {
        faults.push(`${column}: Tab does not reach it`);
        break;
      }
      for (const [key, sort] of [
        ["Enter", "ascending"],
        ["Space", "descending"],
      ] as const) {
        await visit.page.keyboard.press(key);
        const after = await visit.ask<Column>("focusedColumn()");
        if (after.sort !== sort) faults.push(`${column}: ${key} makes it ${after.sort}, not ${sort}`);
        if ([...after.texts].sort().join("\n") !== [...before.texts].sort().join("\n"))
          faults.push(`${column}: lost rows`);
        faults.push(...disorder(after.texts, sort === "descending").map((fault) => `${column}, ${sort}: ${fault}`));
      }
      if (number < heads.length - 1) await visit.page.keyboard.press("Tab");
    }
  }
  return faults;
}

/** Neighbours in the wrong order; cells without a value come last, and numbers are compared as numbers. */
function disorder(texts: readonly string[], descending: boolean): string[] {
  const values = texts.map((text) => (["", "–"].includes(text) ? null : text));
  const number = (text: string) => Number(text.replace(/,/g, "").replace(/ %$/, ""));
  const numeric = values.every((value) => value === null || !Number.isNaN(number(value)));
  return values.slice(1).flatMap((value, at) => {
    const last = values[at] ?? null;
    if (value === null) return [];
    if (last === null) return [`${value} after an empty cell`];
    const order = numeric ? number(last) - number(value) : last.localeCompare(value, "en", { numeric: true });
    return (descending ? -order : order) > 0 ? [`${last} before ${value}`] : [];
  });
}

/** The search of a word that one table alone has leaves its row, by the key `/`; Escape brings the others back. */
async function unfound(visit: Visit): Promise<string[]> {
  const rows = visit.page.locator("table.list > tbody > tr:visible");
  const all = await rows.count();
  await visit.page.locator("main").focus();
  await visit.page.keyboard.press("/");
  await visit.page.keyboard.type("daily_kpis");
  const found = await rows.allTextContents();
  const others = found.filter((text) => !text.toLowerCase().includes("daily_kpis"));
  await visit.page.keyboard.press("Escape");
  return [
    ...(found.length === 0 ? ["daily_kpis is not found"] : []),
    ...others.map((text) => `shown without the word: ${text.slice(0, 60)}`),
    ...((await rows.count()) === all ? [] : ["Escape does not bring all rows back"]),
  ];
}
