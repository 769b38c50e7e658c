import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Command } from "commander";
import { PACKAGE } from "./paths";

/** Adds `setup` to the command line: what `npm run setup` is in a checkout. */
export function addSetup(program: Command): void {
  program
    .command("setup")
    .description(
      "install the requirements of `run` (Python packages, Delta's jars) beside this package; existing ones are kept",
    )
    .option("--kafka", "also install Spark's Kafka jars, for topics that read from Kafka")
    .action(({ kafka }: { readonly kafka?: boolean }) => {
      const args = [join(PACKAGE, "scripts", "setup.mjs"), ...(kafka ? ["--kafka"] : [])];
      // Standard output belongs to the results of commands.
      process.exitCode = spawnSync(process.execPath, args, { stdio: ["ignore", 2, 2] }).status ?? 1;
    });
}
