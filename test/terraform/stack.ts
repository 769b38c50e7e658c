import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, run, TERRAFORM, tail } from "./command";

/** What of a synthesized stack is looked at here. */
export interface StackFile {
  readonly import?: readonly { readonly to: string; readonly id: string }[];
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Resource>>>>;
}
export interface Resource {
  readonly lifecycle?: { readonly prevent_destroy?: boolean };
  readonly [attribute: string]: unknown;
}

/** Result of one stack: faults, and what can be said of it in a few words. */
export interface Result {
  readonly faults: readonly string[];
  readonly note: string;
}

/** A job's id is a number; what a mock makes up by itself is not. */
const TEST_FILE = `mock_provider "databricks" {
  mock_resource "databricks_job" {
    defaults = { id = "1" }
  }
}

run "plan" {
  command = plan
}

run "apply" {
  command = apply
}
`;

/** init, validate with the real provider, then plan, apply and destroy against a mock of it. The folder is a copy, written to. */
export function checkStack(folder: string): Result {
  const stack: StackFile = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
  const count = Object.values(stack.resource ?? {}).reduce((sum, kind) => sum + Object.keys(kind).length, 0);
  const init = run("terraform", ["init", "-backend=false", "-input=false", "-no-color"], { cwd: folder });
  if (init.status !== 0) return { faults: [`init: ${tail(init.stderr)}`], note: "" };
  const faults = [...validate(folder), ...mockRun(folder, stack)];
  const guarded = protectedResources(stack).length;
  return { faults, note: `${count} resources${guarded > 0 ? `, ${guarded} reject to be destroyed` : ""}` };
}

/** One message of Terraform. */
export interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
}

/** Faults and warnings of `validate`, in an initialized folder. */
export function validate(folder: string, { program, env }: Program = TERRAFORM): string[] {
  const { stdout } = run(program, ["validate", "-json"], { cwd: folder, env });
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
  return diagnostics.map(({ severity, summary, detail }) => `validate ${severity}: ${summary}: ${detail ?? ""}`);
}

function mockRun(folder: string, stack: StackFile): string[] {
  const guarded = protectedResources(stack);
  // There is nothing behind a mock that could be imported: what an import block names is overridden.
  const imported = (stack.import ?? []).map(({ to }) => `override_resource {\n  target = ${to}\n}\n`);
  mkdirSync(join(folder, "tests"), { recursive: true });
  writeFileSync(join(folder, "tests", "stack.tftest.hcl"), [...imported, TEST_FILE].join("\n"));
  const { stdout, stderr } = run("terraform", ["test", "-json"], { cwd: folder });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  if (lines.length === 0) return [`terraform test: ${tail(stderr)}`];
  return faultsOfRun(
    lines.map((line) => JSON.parse(line)),
    guarded,
  );
}

/** Both runs must pass. The test then destroys what it applied: what is protected must reject, and nothing else may fail. */
export function faultsOfRun(events: readonly TestEvent[], guarded: readonly string[]): string[] {
  const runs = events.flatMap(({ test_run }) => (test_run?.progress === "complete" ? [test_run] : []));
  const passed = (name: string) => runs.some(({ run: of, status }) => of === name && status === "pass");
  const errors = events.flatMap(({ diagnostic }) => (diagnostic === undefined ? [] : [diagnostic]));
  const rejections = errors.filter(({ summary }) => summary === "Instance cannot be destroyed");
  const meant = ({ detail = "" }: Diagnostic) => guarded.some((address) => detail.includes(`${address} `));
  return [
    ...["plan", "apply"]
      .filter((name) => !passed(name))
      .map((name) => `${name} against the mock provider did not pass`),
    ...errors
      .filter((error) => !rejections.includes(error))
      .map(({ summary, detail }) => `${summary}: ${detail ?? ""}`),
    ...(guarded.length > 0 && rejections.length === 0 ? ["protected resources let themselves be destroyed"] : []),
    ...rejections
      .filter((rejection) => !meant(rejection))
      .map(({ detail }) => `not meant to be protected: ${detail ?? ""}`),
  ];
}

/** One line of `terraform test -json`. */
export interface TestEvent {
  readonly test_run?: { readonly run: string; readonly progress: string; readonly status?: string };
  readonly diagnostic?: Diagnostic;
}

/** Addresses of the resources that reject to be destroyed. */
export function protectedResources(stack: StackFile): string[] {
  return Object.entries(stack.resource ?? {}).flatMap(([type, resources]) =>
    Object.entries(resources).flatMap(([name, { lifecycle }]) =>
      lifecycle?.prevent_destroy ? [`${type}.${name}`] : [],
    ),
  );
}
