import type { Command } from "commander";
import { runOnSpark } from "./run";

interface ExplainOptions {
  readonly stack: string;
  readonly json?: boolean;
}

/** Adds `explain` to the command line. */
export function addExplain(program: Command): void {
  program
    .command("explain [model]")
    .description(
      "report the refresh of a gold model after a change of each input: changed groups or full, and why. Reads no table. " +
        "Exit status 3: a model with refresh strict would fail after one of these changes",
    )
    .option("--stack <name>", "the stack, which is an environment of config/environments", "local")
    .option("--json", "print one line of JSON")
    .action(async (model: string | undefined, options: ExplainOptions) => {
      process.exitCode = await explain(model, options);
    });
}

async function explain(model: string | undefined, { stack, json }: ExplainOptions): Promise<number> {
  return await runOnSpark(stack, "local.explain", (folder) => [
    ...["--stack-dir", folder],
    ...(model === undefined ? [] : ["--model", model]),
    ...(json ? ["--json"] : []),
  ]);
}
