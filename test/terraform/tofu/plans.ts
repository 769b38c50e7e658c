import { readFileSync } from "node:fs";
import { join } from "node:path";
import { differences } from "../../cdktn/compare";
import { type Program, run, tail } from "../command";
import { copyStack } from "../deploy/workspace";
import { NOWHERE } from "../plans/make";
import { type Result, type StackFile, validate } from "../stack";

type Plan = Readonly<Record<string, unknown>>;

/** What only one program writes into a plan, or each in its own way: its version, the hour, whether the plan can be applied. */
const OWN = ["terraform_version", "format_version", "timestamp", "applyable", "complete"];

/** Validates and plans a stack by two programs: the plans are the same. */
export function checkSamePlan(folder: string, stack: string, programs: readonly [Program, Program]): Result {
  const { import: imports = [] }: StackFile = JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8"));
  const copies = programs.map((program, at) => copyStack(stack, join(folder, `${at}`), program));
  const faults = programs.flatMap((program, at) =>
    validate(copies[at] ?? "", program).map((fault) => `${program.program} ${fault}`),
  );
  // What is imported is asked for while planning, and there is no workspace.
  if (imports.length > 0) return { faults, note: "validated; its imports are planned with a workspace only" };
  const [one, other] = programs.map((program, at) => planOf(copies[at] ?? "", program));
  const changes = (one as { readonly resource_changes?: readonly unknown[] }).resource_changes ?? [];
  return {
    faults: [...faults, ...differentPaths(one as Plan, other as Plan).map((path) => `the plans differ: ${path}`)],
    note: `${changes.length} resources planned by both`,
  };
}

/** Paths at which two plans differ; each program's own fields, the registry of a provider and the order of attributes read aside. */
export function differentPaths(one: Plan, other: Plan): string[] {
  return differences(comparable(one), comparable(other));
}

function comparable(plan: Plan): unknown {
  const { relevant_attributes = [], ...rest } = plan;
  const kept = Object.entries(rest).filter(([name]) => !OWN.includes(name));
  const sorted = (relevant_attributes as readonly unknown[]).map((each) => JSON.stringify(each)).sort();
  const text = JSON.stringify({ ...Object.fromEntries(kept), relevant_attributes: sorted });
  return JSON.parse(text.replaceAll("registry.opentofu.org/", "registry.terraform.io/"));
}

function planOf(folder: string, { program, env }: Program): Plan {
  const call = (...args: string[]) => {
    const { status, stdout, stderr } = run(program, args, { cwd: folder, env: { ...env, ...NOWHERE } });
    if (status !== 0) throw new Error(`${program} ${args[0]}: ${tail(stdout + stderr, 30)}`);
    return stdout;
  };
  call("plan", "-no-color", "-refresh=false", "-input=false", "-lock=false", "-out=plan.tfplan");
  return JSON.parse(call("show", "-json", "plan.tfplan"));
}
