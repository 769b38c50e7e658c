/** The walk over the pages of a local workspace, served as people start it: every page that a link leads to. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { requirePython } from "../../cli/machine";
import { ROOT } from "./folders";
import type { Tally } from "./tally";
import { VIEWS, Visit } from "./visit";

/** Pages that the sample has at least: overview, jobs, runs, catalogs, tables, a dashboard. */
const LEAST = 9;

/** What tasks of the sample print: the last line of many, and an error. */
const PRINTED = ["2999 orders read", "ValueError: <script>"];

/** A workspace with something on each page, whose job has run. */
export interface Sample {
  /** The address with the key, as it is printed to people. */
  readonly address: string;
  readonly close: () => void;
}

/** Fills and serves a workspace in `folder`, which is made anew: a job runs in it, on Spark. */
export async function startSample(folder: string): Promise<Sample> {
  rmSync(folder, { recursive: true, force: true });
  const child = spawn(requirePython(), ["-m", "test.workspace.page_sample", folder], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<never>((_, fail) => {
    child
      .on("error", fail)
      .on("close", (status) => fail(new Error(`the sample workspace ended with status ${status}`)));
  });
  ended.catch(() => undefined); // it ends when it is closed, too
  const line = new Promise<string>((done) => createInterface({ input: child.stdout }).once("line", done));
  return { address: await Promise.race([line, ended]), close: () => child.stdin.end() };
}

/** Walks the pages in every view. */
export async function walkWorkspace(browser: Browser, sample: Sample, tally: Tally): Promise<void> {
  const { origin } = new URL(sample.address);
  const visit = await Visit.open(browser, origin);
  try {
    await visit.page.goto(`${origin}/`);
    tally.check("workspace: without the key", [
      ...(await look(visit, "workspace-closed")),
      ...others(visit.complaints(), `status 401: ${origin}/`),
    ]);
    await visit.page.goto(sample.address);
    tally.check("workspace: the key leaves the address", visit.page.url() === `${origin}/` ? [] : [visit.page.url()]);
    const pages = await walkLinks(visit, origin, tally);
    tally.check(
      "workspace: pages",
      pages >= LEAST ? [] : [`only ${pages} pages are linked; at least ${LEAST} are there`],
    );
    await visit.page.goto(`${origin}/jobs/0`);
    tally.check("workspace: a page that is not there", [
      ...(await look(visit, "workspace-missing")),
      ...others(visit.complaints(), `status 404: ${origin}/jobs/0`),
    ]);
  } finally {
    await visit.close();
  }
}

/** Texts that the page of the run does not have: what its tasks printed came the way from their process to the page. */
async function missing(visit: Visit, texts: readonly string[]): Promise<string[]> {
  const output = (await visit.page.locator("#logs").textContent()) ?? "";
  return texts.filter((text) => !output.includes(text)).map((text) => `the output has no "${text}"`);
}

/** Looks at every page that can be reached by links; returns their number. */
async function walkLinks(visit: Visit, origin: string, tally: Tally): Promise<number> {
  const paths = ["/"];
  const links: { readonly path: string; readonly to: URL }[] = [];
  const ids = new Map<string, readonly string[]>();
  // Grows while it is walked.
  for (const path of paths) {
    await visit.page.goto(`${origin}${path}`);
    const faults = await look(visit, `workspace-${path.slice(1).replace(/\W+/g, "-") || "overview"}`);
    if (path.startsWith("/runs/")) faults.push(...(await missing(visit, PRINTED)));
    ids.set(path, await visit.ask<string[]>("ids()"));
    for (const to of (await visit.ask<string[]>("links()")).map((link) => new URL(link))) {
      links.push({ path, to });
      if (to.origin === origin && !paths.includes(to.pathname)) paths.push(to.pathname);
    }
    tally.check(`workspace: ${path}`, [...faults, ...visit.complaints()]);
  }
  const dead = links.filter(
    ({ to }) => to.origin !== origin || (to.hash !== "" && !ids.get(to.pathname)?.includes(to.hash.slice(1))),
  );
  tally.check(
    "workspace: links",
    dead.map(({ path, to }) => `${path}: ${to.href}`),
  );
  return paths.length;
}

async function look(visit: Visit, picture: string): Promise<string[]> {
  const faults: string[] = [];
  for (const view of VIEWS) {
    await visit.look(view);
    const found = await visit.ask<string[]>("tooWide()");
    await visit.shoot(picture, view);
    await visit.ask("unfold()");
    found.push(...(await visit.ask<string[]>("tooWide()")), ...(await visit.ask<string[]>("violations()")));
    faults.push(...found.map((fault) => `${view.width} px, ${view.scheme}: ${fault}`));
  }
  return faults;
}

/** Complaints of the browser but the status that is meant, which it names twice. */
function others(complaints: readonly string[], meant: string): string[] {
  const status = meant.slice("status ".length, "status 404".length);
  const isMeant = (line: string) =>
    line === meant || (line.startsWith("console:") && line.includes(`status of ${status}`));
  const found = complaints.filter((line) => !isMeant(line));
  return complaints.includes(meant) ? found : [`no ${meant}`, ...found];
}
