import type { Command } from "commander";
import { Option } from "commander";
import { type ActionOptions, act, withCommon } from "./actions";
import { Fault } from "./fault";
import { requirePython } from "./machine";
import { userPath } from "./paths";
import { runPython } from "./python";
import { withStack } from "./run";

interface CheckOptions extends ActionOptions {
  readonly topic: string;
  readonly data: string;
  readonly base?: string;
  readonly rules?: boolean;
  readonly allow: readonly string[];
}

/** Adds `check` to the command line. */
export function addCheck(program: Command): void {
  withCommon(program.command("check"))
    .description(
      "report the effect of new files on a topic: new fields, types, contract, rejects. Writes nothing. " +
        "Exit status 0: no finding; 3: registered types would change, records or the whole run would be rejected, values " +
        "would be null in silver or in a model, or settings name a field that no record has",
    )
    .requiredOption("--topic <name>", "the topic")
    .requiredOption("--data <dir>", "a folder of the topic's JSON files (or with a subfolder for it), or one file")
    .option("--base <dir>", "check against the schema of these files, instead of the schema registered in --out")
    .option("--rules", "also evaluate the quality rules, which needs Spark and an output folder with a run")
    .addOption(
      new Option("--allow <what...>", "findings that do not fail the check")
        .choices(["types", "rejects", "nulls", "settings"])
        .default([], "all findings fail it"),
    )
    .action(async (options: CheckOptions) => {
      process.exitCode = await check(options);
    });
}

async function check({ topic, data, base, rules, allow, ...options }: CheckOptions): Promise<number> {
  if (rules && base !== undefined) throw new Fault("--rules checks against an output folder: without --base.");
  if (rules) return await act(options, "check", { topic, data: userPath(data), allow: allow.join(",") });
  const python = requirePython();
  return await withStack(options.stack, (folder) =>
    runPython(python, "local.check", [
      ...["--stack-dir", folder, "--topic", topic, "--data", userPath(data)],
      ...(base === undefined ? ["--out", userPath(options.out)] : ["--base", userPath(base)]),
      ...allow.flatMap((what) => ["--allow", what]),
      ...(options.json ? ["--json"] : []),
    ]),
  );
}
