import { Fault } from "../fault";

/** What `terraform show -json <plan>` says, as far as the gate reads it. */
export interface Plan {
  readonly terraform_version?: string;
  readonly resource_changes: readonly ResourceChange[];
  /** What Terraform found changed outside of it since the last apply. */
  readonly resource_drift: readonly ResourceChange[];
  /** False where something was left out: -target, deferred changes. */
  readonly complete: boolean;
}

export type Action = "no-op" | "create" | "read" | "update" | "delete" | "forget";

/** One resource (or one left-over object of it) and what the plan does with it. */
export interface ResourceChange {
  readonly address: string;
  /** Where the resource stood before a moved block, if it moves. */
  readonly previous_address?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  /** Key of a left-over object of an earlier replacement; the resource itself is another change. */
  readonly deposed?: string;
  /** Why Terraform chose the action, in a word of its own. */
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly Action[];
    readonly before?: unknown;
    readonly after?: unknown;
    readonly after_unknown?: unknown;
    /** Paths of the attributes that make it a replacement. */
    readonly replace_paths?: readonly (readonly (string | number)[])[];
    readonly importing?: unknown;
  };
}

/** Attributes of a resource. */
export type Attributes = Readonly<Record<string, unknown>>;

const HOW = "make one by `terraform show -json <saved plan> > plan.json`";

/** Reads and checks the text of a plan; `name` says in faults what was read. */
export function readPlan(text: string, name: string): Plan {
  if (text.startsWith("PK")) throw new Fault(`${name} is a saved plan, which only Terraform can read: ${HOW}.`);
  let plan: Record<string, unknown>;
  try {
    plan = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Fault(`${name} is not JSON (${(error as Error).message}): ${HOW}.`);
  }
  const format = plan?.["format_version"];
  if (typeof format !== "string") throw new Fault(`${name} is no plan in JSON (it has no format_version): ${HOW}.`);
  if (!/^1\./.test(format)) throw new Fault(`${name} has plan format ${format}; this gate knows format 1.`);
  if (plan["errored"] === true)
    throw new Fault(`${name} is of a plan that failed, so it may be incomplete: plan again.`);
  if (plan["planned_values"] === undefined && plan["resource_changes"] === undefined)
    throw new Fault(`${name} shows a state, not a plan: ${HOW}.`);
  return {
    terraform_version: plan["terraform_version"] as string | undefined,
    resource_changes: changesOf(plan["resource_changes"], name),
    resource_drift: changesOf(plan["resource_drift"], name),
    complete: plan["complete"] !== false,
  };
}

function changesOf(value: unknown, name: string): ResourceChange[] {
  if (value === undefined || value === null) return [];
  const sound = (change: ResourceChange | undefined) =>
    typeof change?.address === "string" && typeof change.type === "string" && Array.isArray(change.change?.actions);
  if (!Array.isArray(value) || !value.every(sound))
    throw new Fault(`${name} has resource changes that are not as Terraform writes them: ${HOW}.`);
  return value;
}

/** Attributes before or after; empty where there are none. */
export function attributes(value: unknown): Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Attributes) : {};
}

/** Nested blocks as a list of attributes. */
export function blocks(value: unknown): Attributes[] {
  return Array.isArray(value) ? value.filter((block) => typeof block === "object" && block !== null) : [];
}

export function has(change: ResourceChange, action: Action): boolean {
  return change.change.actions.includes(action);
}

/** Taken away and made again under the same address. */
export function isReplaced(change: ResourceChange): boolean {
  return has(change, "create") && (has(change, "delete") || has(change, "forget"));
}

/** How `--allow` names a change: the address; for a left-over object also its key. */
export function nameOf({ address, deposed }: ResourceChange): string {
  return deposed === undefined ? address : `${address}#${deposed}`;
}
