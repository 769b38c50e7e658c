import type { Command } from "commander";
import { findPython } from "./machine";
import { runPython } from "./python";

/** Adds `run-job` to the command line. It needs neither Spark nor Java. */
export function addRunJob(program: Command): void {
  program
    .command("run-job")
    .description(
      "start a job in the workspace that DATABRICKS_HOST or a profile names, a local one or a real one, print the " +
        "states of its tasks as they change, and wait; status 0 when it succeeded, 1 when not, 2 when it did not start",
    )
    .argument("<name>", "name of the job, or its id")
    .option(
      "--param <name=value>",
      "parameter of the job for this run; can be repeated",
      (one: string, before: readonly string[]) => [...before, one],
      [] as readonly string[],
    )
    .action(async (name: string, { param }: { readonly param: readonly string[] }) => {
      const given = param.map((one) => `--param=${one}`);
      process.exitCode = await runPython(findPython(), "workspace.run_job", [...given, "--", name]);
    });
}
