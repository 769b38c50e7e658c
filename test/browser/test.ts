/**
 * npm run test:browser: the report of a run over the sample data, a report of hostile texts, the pages of a local workspace, and
 * the site of the docs, in a headless browser. Each is looked at as wide as a laptop and as a phone, in light and dark. Pictures are
 * kept in `.medallion/browser/pictures`. Names after `--` choose parts: `npm run test:browser -- workspace`.
 */
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { requirePython } from "../../cli/machine";
import { requireBrowser } from "./browser";
import { walkDocs } from "./docs";
import { OUT, ROOT, SHOTS } from "./folders";
import { walkReport } from "./report";
import { Tally } from "./tally";
import { startSample, walkWorkspace } from "./workspace";

/** Output of a run over the sample: of the tests where they kept it (CI), else of a run of its own. */
const KEPT = process.env["MEDALLION_SAMPLE"];
const RUN = KEPT ?? join(OUT, "run");
const HOSTILE = join(OUT, "hostile");
const DOCS = join(OUT, "docs");
const WORKSPACE = join(OUT, "workspace");

const PARTS = ["hostile", "workspace", "docs", "report"];

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

async function main(): Promise<number> {
  const chosen = process.argv.length > 2 ? process.argv.slice(2) : PARTS;
  const unknown = chosen.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new Error(`No part ${unknown.join(", ")}; there are ${PARTS.join(", ")}.`);
  const found = requireBrowser();
  if ("reason" in found) {
    console.log(`Skipped: ${found.reason}.\n0 passed, 0 failed, 1 skipped`);
    return 0;
  }
  const started = Date.now();
  rmSync(SHOTS, { recursive: true, force: true });
  // A run takes as long as all the rest, and much of it is one thread's.
  const isKept = !chosen.includes("report") || (KEPT !== undefined && existsSync(join(KEPT, "report.html")));
  const run = isKept ? Promise.resolve() : node("tsx/dist/cli.mjs", "cli/main.ts", "run", "--reset", "--out", RUN);
  run.catch(() => undefined); // awaited below; another fault may come first
  const sample = chosen.includes("workspace") ? startSample(WORKSPACE) : undefined;
  sample?.catch(() => undefined);
  const tally = new Tally();
  // Chromium as root has no sandbox of its own; all that it opens is ours.
  const browser = await chromium.launch({ executablePath: found.path, chromiumSandbox: false });
  try {
    if (chosen.includes("hostile")) {
      await start(requirePython(), ["-m", "test.local.report_sample", HOSTILE]);
      await walkReport(browser, "hostile-report", join(HOSTILE, "report.html"), tally);
    }
    if (sample !== undefined) await walkWorkspace(browser, await sample, tally);
    if (chosen.includes("docs")) {
      await node("vitepress/bin/vitepress.js", "build", "docs", "--outDir", DOCS);
      await walkDocs(browser, DOCS, tally);
    }
    await run;
    if (chosen.includes("report")) await walkReport(browser, "report", join(RUN, "report.html"), tally);
  } finally {
    (await sample?.catch(() => undefined))?.close();
    await browser.close();
  }
  console.log(`Chromium ${browser.version()}, ${((Date.now() - started) / 1000).toFixed(0)} s, pictures in ${SHOTS}`);
  return tally.close();
}

async function node(script: string, ...args: string[]): Promise<void> {
  await start(process.execPath, [join(ROOT, "node_modules", script), ...args]);
}

/** Runs a program quietly; when it fails, the error holds the end of what it printed. */
async function start(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  const status = await new Promise((done, fail) => child.on("error", fail).on("close", done));
  if (status !== 0) {
    throw new Error(`${[command, ...args].join(" ")} failed:\n${text.trim().split("\n").slice(-30).join("\n")}`);
  }
}
