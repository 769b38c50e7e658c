import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ConfigError } from "../spec";
import { addActions } from "./actions";
import { addAsk } from "./ask";
import { addCertify } from "./certify";
import { addCheck } from "./check";
import { addCompletion } from "./completion";
import { addExamples } from "./examples";
import { addExplain } from "./explain";
import { Fault } from "./fault";
import { addInit } from "./init/command";
import { addNewModel } from "./new-model/command";
import { addNewTopic } from "./new-topic/command";
import { addOpen } from "./open";
import { PACKAGE } from "./paths";
import { addPlanGate } from "./plan-gate/command";
import { addRun } from "./run";
import { addRunJob } from "./run-job";
import { addSetup } from "./setup";
import { addSynth } from "./synth";
import { addWorkspace } from "./workspace";

/** The command line. */
export function buildProgram(): Command {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { version: string };
  const program = new Command("medallion")
    .description("Streaming medallion pipelines on Databricks, declared as code")
    .version(version)
    .showHelpAfterError("(medallion --help lists the commands)");
  addRun(program);
  addAsk(program);
  addOpen(program);
  addCheck(program);
  addExplain(program);
  addActions(program);
  addSynth(program);
  addPlanGate(program);
  addInit(program);
  addNewTopic(program);
  addNewModel(program);
  addWorkspace(program);
  addRunJob(program);
  addCertify(program);
  addSetup(program);
  addCompletion(program);
  addExamples(program);
  return program;
}

/** Runs a command line; a fault is one sentence on standard error, and status 2. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await buildProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = 2;
  }
}

function describe(error: unknown): string {
  if (error instanceof Fault || error instanceof ConfigError) return `medallion: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

if (require.main === module) void main(process.argv.slice(2));
