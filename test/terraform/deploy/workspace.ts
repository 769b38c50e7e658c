import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, cpSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, run, tail } from "../command";

/** An empty workspace to deploy into: a process that ends with `stop`. */
export class FakeWorkspace {
  private readonly server: ChildProcess;
  private readonly env: Record<string, string>;

  /** @param reject calls that match this are answered 400: `POST jobs/reset` */
  constructor(
    private readonly folder: string,
    reject?: string,
  ) {
    const [log, port] = [join(folder, "calls.log"), join(folder, "port")];
    writeFileSync(log, "");
    const out = openSync(port, "w");
    const args = [
      require.resolve("tsx/cli"),
      join(__dirname, "server.ts"),
      log,
      ...(reject === undefined ? [] : [reject]),
    ];
    this.server = spawn(process.execPath, args, { stdio: ["ignore", out, "inherit"] });
    closeSync(out);
    this.env = {
      DATABRICKS_HOST: `http://127.0.0.1:${waitFor(port)}`,
      DATABRICKS_TOKEN: "any",
      DATABRICKS_AUTH_TYPE: "pat",
      NO_PROXY: "127.0.0.1",
    };
  }

  /** Runs Terraform in the folder of a stack. */
  terraform(stack: string, ...args: string[]): Outcome {
    return run("terraform", [...args, "-input=false", "-no-color"], { cwd: stack, env: this.env });
  }

  /** Fails with the end of what Terraform said. */
  apply(stack: string): string | undefined {
    const { status, stderr } = this.terraform(stack, "apply", "-auto-approve");
    return status === 0 ? undefined : tail(stderr, 30);
  }

  /** Calls so far that change something, as `<status> <method> <path> <name>`, in the order in which they were done. */
  get changes(): string[] {
    const calls = readFileSync(join(this.folder, "calls.log"), "utf8").split("\n");
    return calls.filter((call) => /^\d+ (POST|PUT|PATCH|DELETE) /.test(call));
  }

  stop(): void {
    this.server.kill();
  }
}

/** A copy of a stack with its state beside it, whatever its backend is, without what only a developer's machine has. */
export function copyStack(from: string, to: string): string {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  writeFileSync(
    join(to, "backend_override.tf.json"),
    JSON.stringify({ terraform: { backend: { local: { path: "terraform.tfstate" } } } }),
  );
  const { status, stderr } = run("terraform", ["init", "-input=false", "-no-color"], { cwd: to });
  if (status !== 0) throw new Error(`init: ${tail(stderr)}`);
  return to;
}

function waitFor(file: string): string {
  for (let attempt = 0; attempt < 600; attempt++) {
    const text = readFileSync(file, "utf8").trim();
    if (text !== "") return text;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  throw new Error("the fake workspace did not start within a minute");
}
