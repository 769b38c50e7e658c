import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, tail } from "../command";
import type { Scenario } from "./scenarios";
import type { StackJson } from "./stack";
import { type FullPlan, type Schemas, type State, stateAfter } from "./state";

/** A workspace that is none: nothing is asked of it, because what exists is read from the state alone. */
export const NOWHERE = {
  DATABRICKS_HOST: "https://workspace.invalid",
  DATABRICKS_TOKEN: "none",
  DATABRICKS_AUTH_TYPE: "pat",
};

/** Makes real plans of one stack in a folder of its own; TF_CLI_CONFIG_FILE must lead to the provider. */
export class Planner {
  private readonly state: State;

  constructor(
    private readonly folder: string,
    private readonly stack: StackJson,
  ) {
    mkdirSync(folder, { recursive: true });
    this.write("cdk.tf.json", stack);
    this.terraform("init", "-no-color", "-input=false");
    this.state = this.deployed();
  }

  plan({ change, state }: Scenario): FullPlan {
    const stack = change(structuredClone(this.stack));
    const before = state === undefined ? this.state : state(structuredClone(this.state));
    return this.planOf(stack, before);
  }

  /** The state after a first deploy: what was planned is taken as done, until nothing is left to do. */
  private deployed(): State {
    const { provider_schemas } = JSON.parse(this.terraform("providers", "schema", "-json")) as {
      readonly provider_schemas: Record<string, { readonly resource_schemas: Schemas }>;
    };
    const schemas = Object.values(provider_schemas)[0]?.resource_schemas ?? {};
    let state: State | undefined;
    for (let round = 0; round < 4; round++) {
      const plan = this.planOf(this.stack, state);
      if (state !== undefined && plan.resource_changes.every(({ change }) => change.actions[0] === "no-op"))
        return state;
      state = stateAfter(plan, schemas);
    }
    throw new Error("the state does not come to rest: some resource is planned to change again and again");
  }

  private planOf(stack: StackJson, state: State | undefined): FullPlan {
    this.write("cdk.tf.json", withoutEmpty(stack));
    if (state === undefined) rmSync(join(this.folder, "terraform.tfstate"), { force: true });
    else this.write("terraform.tfstate", state);
    this.terraform("plan", "-no-color", "-refresh=false", "-input=false", "-lock=false", "-out=plan.tfplan");
    return JSON.parse(this.terraform("show", "-json", "plan.tfplan"));
  }

  private write(file: string, value: unknown): void {
    writeFileSync(join(this.folder, file), JSON.stringify(value));
  }

  private terraform(command: string, ...args: string[]): string {
    const { status, stdout, stderr } = run("terraform", [command, ...args], { cwd: this.folder, env: NOWHERE });
    if (status !== 0) throw new Error(`terraform ${command}: ${tail(stdout + stderr, 30)}`);
    return stdout;
  }
}

/** Terraform rejects a type without resources. */
function withoutEmpty(stack: StackJson): StackJson {
  const { resource, ...rest } = stack;
  const kept = Object.entries(resource).filter(([, resources]) => Object.keys(resources).length > 0);
  return { ...rest, ...(kept.length === 0 ? {} : { resource: Object.fromEntries(kept) }) } as StackJson;
}
