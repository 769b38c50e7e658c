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
    .description("evaluate a topic's quarantined records again and write the valid ones to silver, once")
    .option(
      "--codes <list>",
      "only records with these reasons, separated by commas (default: all except batch_rejected)",
    )
    .action(async ({ topic, codes, ...options }: TopicOptions & { readonly codes?: string }) => {
      process.exitCode = await act(options, "replay", codes === undefined ? { topic } : { topic, codes });
    });
  topicAction(
    program,
    "accept-batch",
    "accept_batch",
    "accept a batch that a rule with onViolation fail rejected, once",
  );
  topicAction(
    program,
    "quarantine-batch",
    "quarantine_batch",
    "quarantine the records that a rule with onViolation fail rejected, and accept the rest of the batch",
  );
  withTopic(program.command("forget"))
    .description("delete the rows of the given keys from bronze, quarantine, silver and the affected gold groups")
    .requiredOption("--keys <file>", "one key per line: its value, or a JSON object where a key has several fields")
    .action(async ({ keys, topic, ...options }: TopicOptions & { readonly keys: string }) => {
      const path = userPath(keys);
      if (!existsSync(path) || !statSync(path).isFile()) throw new Fault(`There is no file ${path}.`);
      process.exitCode = await act(options, "forget", { topic, keys_file: path });
    });
  withCommon(program.command("full-refresh"))
    .description("rebuild silver from bronze, then refresh gold in full; bronze does not change")
    .action(async (options: ActionOptions) => {
      process.exitCode = await act(options, "full_refresh", {});
    });
  withCommon(program.command("doctor"))
    .description(
      "check the requirements of the pipeline on this machine: library, settings, folders, registry, change feed",
    )
    .option("--repair", "rebuild the schema of topics with a damaged registry, from bronze and silver")
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
