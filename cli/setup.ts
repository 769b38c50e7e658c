import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Command } from "commander";
import { PACKAGE } from "./paths";

/** Adds `setup` to the command line: what `npm run setup` is in a checkout. */
export function addSetup(program: Command): void {
  program
    .command("setup")
    .description("install what `run` needs (Python packages, Delta's jars) beside this package; skips what is there")
    .option("--kafka", "Spark's Kafka jars too, for topics that read from Kafka")
    .action(({ kafka }: { readonly kafka?: boolean }) => {
      const args = [join(PACKAGE, "scripts", "setup.mjs"), ...(kafka ? ["--kafka"] : [])];
      // Standard output belongs to the results of commands.
      process.exitCode = spawnSync(process.execPath, args, { stdio: ["ignore", 2, 2] }).status ?? 1;
    });
}
