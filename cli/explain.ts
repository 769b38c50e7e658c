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
      "say what a change of each input costs a gold model: the changed groups, or all of them, and why. Reads no table. " +
        "Status 3: a model with refresh strict would fail after some change",
    )
    .option("--stack <name>", "the stack, which is an environment of config/environments", "local")
    .option("--json", "as one line of JSON")
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
