import type { TypeLists } from "./harmless";
import type { Plan, ResourceChange } from "./plan";

/** Something in a plan that must not pass unless it is named with a reason. */
export interface Finding {
  /** How it is named to --allow. */
  readonly name: string;
  readonly rule:
    | "destroys-data"
    | "drops-columns"
    | "opens-to-everybody"
    | "widens-access"
    | "changes-the-run"
    | "moves-storage";
  readonly type: string;
  /** What the plan does: "will be destroyed". */
  readonly action: string;
  /** Why that matters. */
  readonly why: string;
  /** What makes Terraform do it, where it says so. */
  readonly cause?: string;
  /** What to do about it, besides allowing it. */
  readonly remedy: string;
}

/** One rule of the gate: pure, looks at one change (and at the rest of the plan, and the user's lists of types, where it needs to). */
export type GateRule = (change: ResourceChange, plan: Plan, lists: TypeLists) => readonly Finding[];
