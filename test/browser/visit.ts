import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { SHOTS } from "./folders";

/** A size and a colour scheme in which a page is looked at. */
export interface View {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** Width of a phone and of a laptop, in CSS pixels. */
export const PHONE = 390;
export const LAPTOP = 1280;

export const VIEWS: readonly View[] = [LAPTOP, PHONE].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme })),
);

const IN_PAGE = [
  readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8"),
  readFileSync(join(__dirname, "in-page.js"), "utf8"),
];

/** One page of the browser whose console, errors and requests are watched. */
export class Visit {
  private faults: string[] = [];

  private constructor(readonly page: Page) {}

  /** Opens a page from which only addresses that begin with `allowed` may be asked for. */
  static async open(browser: Browser, allowed: string): Promise<Visit> {
    const context = await browser.newContext({ reducedMotion: "reduce" });
    for (const content of IN_PAGE) await context.addInitScript({ content });
    const page = await context.newPage();
    const visit = new Visit(page);
    const note = (fault: string) => visit.faults.push(fault);
    page.on("console", (line) => {
      if (["error", "warning"].includes(line.type())) note(`console: ${line.text()}`);
    });
    page.on("pageerror", (error) => note(`script: ${error.message}`));
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(allowed)) note(`asks for ${request.url()}`);
    });
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText;
      // The browser gives up what it still loads when the next page is opened; a file that is not there has a status.
      if (reason !== "net::ERR_ABORTED") note(`request failed: ${request.url()} (${reason})`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) note(`status ${response.status()}: ${response.url()}`);
    });
    return visit;
  }

  async look(view: View): Promise<void> {
    await this.page.setViewportSize({ width: view.width, height: 900 });
    await this.page.emulateMedia({ colorScheme: view.scheme });
  }

  /** Returns what the browser complained of since the last call. */
  complaints(): string[] {
    const faults = [...new Set(this.faults)];
    this.faults = [];
    return faults;
  }

  /** Asks one of the questions of `in-page.js`. */
  async ask<T>(question: string): Promise<T> {
    return await this.page.evaluate<T>(`walk.${question}`);
  }

  /** Keeps a picture of the whole page for people to look at. */
  async shoot(name: string, view: View): Promise<void> {
    mkdirSync(SHOTS, { recursive: true });
    const path = join(SHOTS, `${name}-${view.width}-${view.scheme}.png`);
    await this.page.screenshot({ path, fullPage: true, animations: "disabled" });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
