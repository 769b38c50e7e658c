import { existsSync, statSync } from "node:fs";
import type { Command } from "commander";
import type { Action } from "../spec";
import { Fault } from "./fault";
import { userPath } from "./paths";
import { type RunOptions, run } from "./run";

/** Options of every action. */
export interface ActionOptions {
  readonly stack: string;
  readonly out: string;
  readonly json?: boolean;
}

interface TopicOptions extends ActionOptions {
  readonly topic: string;
}

/** Adds the actions of the job: here by command, in a workspace by running the job with the parameter `action`. */
export function addActions(program: Command): void {
  withTopic(program.command("replay"))
    .description("evaluate a topic's quarantined records again; the good ones go to silver, once")
    .option("--codes <list>", "only those with these reasons, separated by commas (default: all but batch_rejected)")
    .action(async ({ topic, codes, ...options }: TopicOptions & { readonly codes?: string }) => {
      process.exitCode = await act(options, "replay", codes === undefined ? { topic } : { topic, codes });
    });
  topicAction(
    program,
    "accept-batch",
    "accept_batch",
    "let a batch that a rule with onViolation fail rejected through as it is, once",
  );
  topicAction(
    program,
    "quarantine-batch",
    "quarantine_batch",
    "quarantine what a rule with onViolation fail rejected, and let the rest of the batch through",
  );
  withTopic(program.command("forget"))
    .description("erase the rows of some keys from bronze, quarantine, silver and the gold groups that they touched")
    .requiredOption("--keys <file>", "one key per line: its value, or a JSON object where a key has several fields")
    .action(async ({ keys, topic, ...options }: TopicOptions & { readonly keys: string }) => {
      const path = userPath(keys);
      if (!existsSync(path) || !statSync(path).isFile()) throw new Fault(`There is no file ${path}.`);
      process.exitCode = await act(options, "forget", { topic, keys_file: path });
    });
  withCommon(program.command("full-refresh"))
    .description("derive silver again from bronze, then gold; bronze stays as it is")
    .action(async (options: ActionOptions) => {
      process.exitCode = await act(options, "full_refresh", {});
    });
  withCommon(program.command("doctor"))
    .description("check what the pipeline needs here: library, settings, folders, registry, change feed")
    .option("--repair", "derive the schema of topics whose registry is damaged again, from bronze and silver")
    .action(async ({ repair, ...options }: ActionOptions & { readonly repair?: boolean }) => {
      process.exitCode = await act(options, "doctor", repair ? { repair: "true" } : {});
    });
}

/** Runs the stack's job on this machine with an action instead of a run; returns the exit status. */
export function act(options: ActionOptions, name: Action, told: Readonly<Record<string, string>>): Promise<number> {
  const { stack, out, json } = options;
  const asked: RunOptions = { stack, out, interval: 10, action: { name, arguments: told } };
  return run(json ? { ...asked, json } : asked);
}

/** Options that every command over an output folder has. */
export function withCommon(command: Command): Command {
  return command
    .option("--stack <name>", "the stack, which is an environment of config/environments", "local")
    .option("--out <dir>", "the output folder of `medallion run`", ".medallion")
    .option("--json", "end standard output with one line of JSON; everything else goes to standard error");
}

function withTopic(command: Command): Command {
  return withCommon(command.requiredOption("--topic <name>", "the topic"));
}

function topicAction(program: Command, command: string, action: Action, description: string): void {
  withTopic(program.command(command))
    .description(description)
    .action(async ({ topic, ...options }: TopicOptions) => {
      process.exitCode = await act(options, action, { topic });
    });
}
