import { Argument, type Command } from "commander";
import { Fault } from "./fault";
import { findPython } from "./machine";
import { userPath } from "./paths";
import { runPython } from "./python";

interface WorkspaceOptions {
  readonly out: string;
  readonly principal?: string;
  readonly group: readonly string[];
  readonly port: string;
  readonly catalog: readonly string[];
  readonly warehouse: readonly string[];
  readonly faults?: string;
  readonly latency: string;
  readonly schedules: boolean;
}

const ACTIONS = ["start", "stop", "token", "alerts"] as const;

/** Adds `workspace` to the command line. It needs neither Spark nor Java. */
export function addWorkspace(program: Command): void {
  program
    .command("workspace")
    .description(
      "start a local workspace on loopback, which Terraform and the SDK use like a Databricks workspace, and print the " +
        "variables to export; or stop it, print the token of a principal that grants apply to, or evaluate its alerts now",
    )
    .addArgument(new Argument("[action]", "start, stop, token or alerts").choices(ACTIONS).default("start"))
    .option("--out <dir>", "folder of the state, token and logs", ".medallion-workspace")
    .option("--port <number>", "port on 127.0.0.1; 0 chooses a free one", "8484")
    .option("--catalog <name...>", "catalogs that exist at the start, besides main and workspace", [])
    .option("--warehouse <id...>", "SQL warehouses that exist at the start; they are stopped, and start slowly", [])
    .option("--faults <file>", "JSON file of faults to inject: rejected, failed or cut calls")
    .option("--latency <ms>", "largest delay of a response in milliseconds", "0")
    .option("--schedules", "start jobs and evaluate alerts at the times of their schedules", false)
    .option("--principal <name>", "with token: the user, service principal or group whose token to print")
    .option("--group <name...>", "with token: groups that the principal is a member of", [])
    .action(async (action: (typeof ACTIONS)[number], options: WorkspaceOptions) => {
      process.exitCode = await runPython(findPython(), "workspace", [
        ...[action, "--out", userPath(options.out)],
        ...ARGUMENTS[action](options),
      ]);
    });
}

const ARGUMENTS = { start: startArguments, stop: () => [], token: tokenArguments, alerts: () => [] };

function tokenArguments({ principal, group }: WorkspaceOptions): string[] {
  if (principal === undefined) {
    throw new Fault("workspace token needs --principal <name>: a user, service principal or group");
  }
  return ["--principal", principal, ...group.flatMap((name) => ["--group", name])];
}

function startArguments({ port, catalog, warehouse, faults, latency, schedules }: WorkspaceOptions): string[] {
  return [
    ...["--port", port, "--latency", latency, ...(schedules ? ["--schedules"] : [])],
    ...catalog.flatMap((name) => ["--catalog", name]),
    ...warehouse.flatMap((id) => ["--warehouse", id]),
    ...(faults === undefined ? [] : ["--faults", userPath(faults)]),
  ];
}
