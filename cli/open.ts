import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { Fault } from "./fault";
import { userPath } from "./paths";

type Env = Readonly<Record<string, string | undefined>>;

/** Adds `open` to the command line. */
export function addOpen(program: Command): void {
  program
    .command("open")
    .description("open the report of the last run in the browser")
    .option("--out <dir>", "the output folder of `medallion run`", ".medallion")
    .action(({ out }: { readonly out: string }) => {
      process.stdout.write(`${openReport(userPath(out))}\n`);
    });
}

function openReport(out: string): string {
  const report = join(out, "report.html");
  if (!existsSync(report))
    throw new Fault(
      `There is no report in ${out}: run the pipeline first (npm start, or medallion run), or give its folder with --out.`,
    );
  const [program, ...args] = opener(process.platform, process.env) ?? [];
  const opened = program !== undefined && spawnSync(program, [...args, report], { stdio: "ignore" }).status === 0;
  return opened ? `Opened ${report}` : `No desktop was found; open this file in a browser: ${report}`;
}

/** The command that opens a file with the program that the user has for it; nothing without a desktop. */
export function opener(platform: NodeJS.Platform, env: Env): readonly string[] | undefined {
  if (platform === "darwin") return ["open"];
  // `start` takes its first quoted argument for the title of a window.
  if (platform === "win32") return ["cmd", "/c", "start", ""];
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? ["xdg-open"] : undefined;
}
