import { Argument, type Command } from "commander";
import { findPython } from "./machine";
import { userPath } from "./paths";
import { runPython } from "./python";

interface WorkspaceOptions {
  readonly out: string;
  readonly port: string;
  readonly catalog: readonly string[];
  readonly warehouse: readonly string[];
  readonly faults?: string;
  readonly latency: string;
}

/** Adds `workspace` to the command line. It needs neither Spark nor Java. */
export function addWorkspace(program: Command): void {
  program
    .command("workspace")
    .description(
      "start a local workspace on loopback, which Terraform and the SDK take for a Databricks workspace, and print how to " +
        "talk to it; or stop it",
    )
    .addArgument(new Argument("[action]", "what to do").choices(["start", "stop"]).default("start"))
    .option("--out <dir>", "folder of its state, token and logs", ".medallion-workspace")
    .option("--port <number>", "port on 127.0.0.1; 0 takes one that is free", "8484")
    .option("--catalog <name...>", "catalogs that exist from the beginning, beside main and workspace", [])
    .option(
      "--warehouse <id...>",
      "SQL warehouses that exist from the beginning; they are stopped, and start slowly",
      [],
    )
    .option("--faults <file>", "a JSON file of faults to have: rejected, failed or cut calls")
    .option("--latency <ms>", "every answer takes up to this many milliseconds", "0")
    .action(async (action: "start" | "stop", options: WorkspaceOptions) => {
      process.exitCode = await runPython(findPython(), "workspace", [
        ...[action, "--out", userPath(options.out)],
        ...(action === "stop" ? [] : startArguments(options)),
      ]);
    });
}

function startArguments({ port, catalog, warehouse, faults, latency }: WorkspaceOptions): string[] {
  return [
    ...["--port", port, "--latency", latency],
    ...catalog.flatMap((name) => ["--catalog", name]),
    ...warehouse.flatMap((id) => ["--warehouse", id]),
    ...(faults === undefined ? [] : ["--faults", userPath(faults)]),
  ];
}
