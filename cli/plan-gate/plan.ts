import { UNKNOWN } from "../../constructs/policy/openings";
import { Fault } from "../fault";

/** The part of `terraform show -json <plan>` that the gate reads. */
export interface Plan {
  readonly terraform_version?: string;
  readonly resource_changes: readonly ResourceChange[];
  /** Changes outside of Terraform since the last apply. */
  readonly resource_drift: readonly ResourceChange[];
  /** False where something was left out: -target, deferred changes. */
  readonly complete: boolean;
  /** The configuration in Terraform's JSON form. @default - not known */
  readonly configuration?: unknown;
}

export type Action = "no-op" | "create" | "read" | "update" | "delete" | "forget";

/** One resource (or one left-over object of it) and what the plan does with it. */
export interface ResourceChange {
  readonly address: string;
  /** Address of the resource before a moved block, if it moves. */
  readonly previous_address?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  /** Key of a left-over object of an earlier replacement; the resource itself is another change. */
  readonly deposed?: string;
  /** Terraform's reason for the action, one of its own keywords. */
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
    configuration: plan["configuration"],
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

/** Attributes that the platform fills in where the code is silent: unknown before the resource is made, and harmless then. */
const FILLED_IN = ["owner", "run_as", "isolation_mode"];

/** Attributes that the resource has already: none where it is made, also where it is made anew, perhaps for something else. */
export function attributesBefore(change: ResourceChange): Attributes {
  return has(change, "create") ? {} : attributes(change.change.before);
}

/** Attributes after the change; what is known only after apply is UNKNOWN. */
export function attributesAfter(change: ResourceChange, plan: Plan): Attributes {
  const after = attributes(withUnknown(change.change.after, change.change.after_unknown));
  if (!has(change, "create")) return after;
  const said = configured(plan, change);
  return Object.fromEntries(
    Object.entries(after).filter(([key, value]) => value !== UNKNOWN || !FILLED_IN.includes(key) || said.has(key)),
  );
}

function withUnknown(value: unknown, unknown: unknown): unknown {
  if (unknown === true) return UNKNOWN;
  if (typeof unknown !== "object" || unknown === null) return value;
  if (Array.isArray(unknown)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    return Array.from({ length: Math.max(items.length, unknown.length) }, (_, at) =>
      withUnknown(items[at], unknown[at]),
    );
  }
  const known = attributes(value);
  const inner = Object.entries(unknown).map(([key, each]) => [key, withUnknown(known[key], each)] as const);
  return { ...known, ...Object.fromEntries(inner) };
}

interface Module {
  readonly resources?: readonly { readonly address?: string; readonly expressions?: object }[];
  readonly module_calls?: Readonly<Record<string, { readonly module?: Module }>>;
}

/** Names of the arguments that the code gives a resource. */
function configured({ configuration }: Plan, { address, type, name }: ResourceChange): ReadonlySet<string> {
  const calls = Array.from(address.matchAll(/(?:^|\.)module\.([\w-]+)/g), ([, call]) => call ?? "");
  const root = (configuration as { readonly root_module?: Module } | undefined)?.root_module;
  const module = calls.reduce<Module | undefined>((at, call) => at?.module_calls?.[call]?.module, root);
  const resource = module?.resources?.find((each) => each.address === `${type}.${name}`);
  return new Set(Object.keys(resource?.expressions ?? {}));
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

/** Name by which `--allow` refers to a change: the address; for a left-over object also its key. */
export function nameOf({ address, deposed }: ResourceChange): string {
  return deposed === undefined ? address : `${address}#${deposed}`;
}
