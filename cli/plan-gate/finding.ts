import type { TypeLists } from "./harmless";
import type { Plan, ResourceChange } from "./plan";

/** Something in a plan that must not pass unless it is named with a reason. */
export interface Finding {
  /** Name by which --allow refers to it. */
  readonly name: string;
  readonly rule:
    | "destroys-data"
    | "drops-columns"
    | "opens-to-everybody"
    | "widens-access"
    | "changes-the-run"
    | "moves-storage";
  readonly type: string;
  /** Action of the plan: "will be destroyed". */
  readonly action: string;
  /** Reason why the action matters. */
  readonly why: string;
  /** Cause of the action, where Terraform tells it. */
  readonly cause?: string;
  /** Advice besides allowing it. */
  readonly remedy: string;
}

/** One rule of the gate: pure, looks at one change (and at the rest of the plan, and the user's lists of types, where it needs to). */
export type GateRule = (change: ResourceChange, plan: Plan, lists: TypeLists) => readonly Finding[];
