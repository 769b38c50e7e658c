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
      "start a local workspace on loopback, which Terraform and the SDK use like a Databricks workspace, and print the " +
        "variables to export; or stop it",
    )
    .addArgument(new Argument("[action]", "start or stop").choices(["start", "stop"]).default("start"))
    .option("--out <dir>", "folder of the state, token and logs", ".medallion-workspace")
    .option("--port <number>", "port on 127.0.0.1; 0 chooses a free one", "8484")
    .option("--catalog <name...>", "catalogs that exist at the start, besides main and workspace", [])
    .option("--warehouse <id...>", "SQL warehouses that exist at the start; they are stopped, and start slowly", [])
    .option("--faults <file>", "JSON file of faults to inject: rejected, failed or cut calls")
    .option("--latency <ms>", "largest delay of a response in milliseconds", "0")
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
