import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { toolsFolder } from "../../../cli/paths";
import { type Outcome, type Program, run, TERRAFORM, tail } from "../command";
import type { Resource, StackFile } from "../stack";

const ROOT = resolve(__dirname, "..", "..", "..");
/** The interpreter that has what the workspace needs. */
export const PYTHON = join(toolsFolder(), "python", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
/** Every answer takes up to this many milliseconds, so that answers come in another order than calls. */
const LATENCY_MS = 250;
/** The warehouse that a variant adopts. */
const EXISTING_WAREHOUSE = "0123456789abcdef";

/** Kind and id of something that a workspace holds. */
export type Held = readonly [kind: string, id: string];

/** Calls that go wrong, and how. */
export interface Fault {
  readonly calls: string;
  readonly status?: number;
  readonly times?: number;
  readonly retryAfter?: number;
  readonly after?: boolean;
  readonly cut?: boolean;
}

/** An empty local workspace to deploy a stack into: a process that ends with `stop`. */
export class LocalWorkspace {
  private server: ChildProcess;
  private readonly folder: string;
  private readonly args: readonly string[];
  private readonly env: Record<string, string>;

  /**
   * @param stack folder of a stack: catalogs that it adopts are there
   * @param faults what goes wrong: see docs/guides/local-workspace.md
   */
  constructor(scratch: string, stack: string, faults: readonly Fault[] = []) {
    this.folder = mkdtempSync(join(scratch, "workspace-"));
    const faultsFile = join(this.folder, "faults.json");
    writeFileSync(faultsFile, JSON.stringify(faults));
    this.args = [
      ...["-m", "workspace", "serve", "--out", this.folder, "--latency", `${LATENCY_MS}`],
      ...["--faults", faultsFile, "--warehouse", EXISTING_WAREHOUSE],
      ...existingCatalogs(stack).flatMap((name) => ["--catalog", name]),
    ];
    this.server = this.serve("0");
    this.env = {
      DATABRICKS_HOST: this.waitForHost(),
      DATABRICKS_TOKEN: readFileSync(join(this.folder, "token"), "utf8"),
      DATABRICKS_AUTH_TYPE: "pat",
      NO_PROXY: "127.0.0.1",
      TF_INPUT: "0",
    };
  }

  /** Runs Terraform in the folder of a stack. */
  terraform(stack: string, ...args: string[]): Outcome {
    return run("terraform", [...args, "-no-color"], { cwd: stack, env: this.env });
  }

  /**
   * Starts an apply, and disturbs it once it has changed something this many times.
   *
   * @returns whether it passed all the same
   */
  async disturbedApply(
    stack: string,
    changes: number,
    disturb: (terraform: ChildProcess) => Promise<void>,
  ): Promise<boolean> {
    const before = this.changes.length;
    const options = { cwd: stack, env: { ...process.env, ...this.env }, stdio: "ignore" } as const;
    const terraform = spawn("terraform", ["apply", "-auto-approve", "-no-color"], options);
    const ended = once(terraform, "exit");
    while (terraform.exitCode === null && this.changes.length < before + changes) await setTimeout(50);
    await disturb(terraform);
    const [status] = await ended;
    return status === 0;
  }

  /** Makes a stack ready for the plan after a failed apply, as `scripts/ci/apply.sh` does. */
  untaint(stack: string): void {
    const script = `source scripts/ci/common.sh; stack=${JSON.stringify(stack)}; untaint`;
    const { status, stderr } = run("bash", ["-c", script], { cwd: ROOT, env: this.env });
    if (status !== 0) throw new Error(`untaint: ${tail(stderr)}`);
  }

  /** Kills the server and starts it again, at the same address and over the same state. */
  async restart(): Promise<void> {
    const ended = once(this.server, "exit");
    this.server.kill("SIGKILL");
    await ended;
    rmSync(join(this.folder, "server.json"));
    this.server = this.serve(new URL(`${this.env["DATABRICKS_HOST"]}`).port);
    this.waitForHost();
  }

  /** Fails with the end of what Terraform said. */
  apply(stack: string): string | undefined {
    const { status, stderr } = this.terraform(stack, "apply", "-auto-approve");
    return status === 0 ? undefined : tail(stderr, 30);
  }

  /** Calls so far that change something, as `<status> <method> <path> <name>`, in the order in which they were done. */
  get changes(): string[] {
    return this.calls.filter((call) => /^\d+ (POST|PUT|PATCH|DELETE) /.test(call));
  }

  /** All calls so far. */
  get calls(): string[] {
    const log = join(this.folder, "calls.log");
    return existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  }

  /** Differences between what the local runner reads in a stack and what the workspace, to which it was deployed, runs. */
  differences(stack: string): string[] {
    const args = ["-m", "test.terraform.deploy.same_stack", this.folder, stack];
    const { status, stdout, stderr } = run(PYTHON, args, { cwd: ROOT });
    return status === 0 ? [] : [`not the same as the stack: ${tail(stdout || stderr, 20)}`];
  }

  /** Evaluates the alerts, if there are any: without the tables of a run, their state is that of an error. */
  evaluateAlerts(): string[] {
    const { status, stdout, stderr } = run(PYTHON, ["-m", "workspace", "alerts", "--out", this.folder], { cwd: ROOT });
    return status === 0 || status === 1 ? [] : [`alerts were not evaluated: ${tail(stdout + stderr, 20)}`];
  }

  /** Everything that the workspace holds. */
  async held(): Promise<readonly Held[]> {
    return (await (await this.local("GET")).json()) as readonly Held[];
  }

  /** Makes the workspace as it was at its start. */
  async clear(): Promise<void> {
    await this.local("DELETE");
  }

  stop(): void {
    this.server.kill();
  }

  private serve(port: string): ChildProcess {
    const out = openSync(join(this.folder, "server.log"), "a");
    const server = spawn(PYTHON, [...this.args, "--port", port], { cwd: ROOT, stdio: ["ignore", out, out] });
    closeSync(out);
    return server;
  }

  private async local(method: string): Promise<Response> {
    // Terraform runs for longer than a connection is kept open.
    const headers = { authorization: `Bearer ${this.env["DATABRICKS_TOKEN"]}`, connection: "close" };
    const response = await fetch(`${this.env["DATABRICKS_HOST"]}/local/resources`, { method, headers });
    if (!response.ok) throw new Error(`the local workspace answered ${response.status}: ${await response.text()}`);
    return response;
  }

  private waitForHost(): string {
    const file = join(this.folder, "server.json");
    for (let attempt = 0; attempt < 600; attempt++) {
      if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")).host;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    const said = readFileSync(join(this.folder, "server.log"), "utf8");
    throw new Error(`the local workspace did not start within a minute: ${tail(said)}`);
  }
}

/** Catalogs that a stack uses and does not make. */
function existingCatalogs(stack: string): string[] {
  const { resource = {} }: StackFile = JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8"));
  const named = Object.values(resource["databricks_schema"] ?? {}).map(
    (schema: Resource) => `${schema["catalog_name"]}`,
  );
  return [...new Set(named)].filter((name) => !name.includes("${"));
}

/** A copy of a stack with its state beside it, whatever its backend is, without what only a developer's machine has. */
export function copyStack(from: string, to: string, { program, env }: Program = TERRAFORM): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  writeFileSync(
    join(to, "backend_override.tf.json"),
    JSON.stringify({ terraform: { backend: { local: { path: "terraform.tfstate" } } } }),
  );
  const { status, stderr } = run(program, ["init", "-input=false", "-no-color"], { cwd: to, env });
  if (status !== 0) throw new Error(`init: ${tail(stderr)}`);
  return to;
}

/** Removes what keeps a stack's resources from being destroyed. */
export function removeProtection(stack: string): void {
  const file = join(stack, "cdk.tf.json");
  writeFileSync(file, withoutProtection(readFileSync(file, "utf8")));
}

/** The text of a stack without what keeps its resources from being destroyed. */
export function withoutProtection(text: string): string {
  return text.replaceAll('"prevent_destroy": true', '"prevent_destroy": false');
}
