import type { Allowances } from "./allow";
import type { Finding, GateRule } from "./finding";
import { NO_LISTS, type TypeLists } from "./harmless";
import { notices } from "./notices";
import { isReplaced, type Plan, type ResourceChange } from "./plan";
import { changesTheRun } from "./rules/changes-the-run";
import { destroysData } from "./rules/destroys-data";
import { dropsColumns } from "./rules/drops-columns";
import { movesStorage } from "./rules/moves-storage";
import { opensToEverybody } from "./rules/opens-to-everybody";
import { widensAccess } from "./rules/widens-access";

const RULES: readonly GateRule[] = [
  destroysData,
  dropsColumns,
  opensToEverybody,
  widensAccess,
  changesTheRun,
  movesStorage,
];

/** Number of resources by the action that the plan has for them. */
export type Counts = Readonly<
  Record<"create" | "update" | "replace" | "destroy" | "forget" | "import" | "move", number>
>;

/** The gate's answer. */
export interface GateResult {
  readonly status: "passed" | "rejected";
  readonly counts: Counts;
  /** Everything that was found; allowed ones carry their reason. */
  readonly findings: readonly (Finding & { readonly allowed?: string })[];
  readonly notices: readonly string[];
}

/** Evaluates a plan: rejected as soon as one finding is not allowed by name. */
export function evaluatePlan(plan: Plan, allowances: Allowances = new Map(), lists: TypeLists = NO_LISTS): GateResult {
  const findings = plan.resource_changes
    .flatMap((change) => RULES.flatMap((rule) => rule(change, plan, lists)))
    .map((finding) => ({ ...finding, allowed: allowances.get(finding.name) }));
  const unused = [...allowances.keys()].filter((name) => !findings.some((finding) => finding.name === name));
  return {
    status: findings.every(({ allowed }) => allowed !== undefined) ? "passed" : "rejected",
    counts: count(plan.resource_changes),
    findings,
    notices: [
      ...notices(plan),
      ...unused.map(
        (name) => `${name} is allowed, but this plan does nothing to it that needs it: take the allowance away.`,
      ),
    ],
  };
}

function count(changes: readonly ResourceChange[]): Counts {
  const managed = changes.filter(({ mode }) => mode === "managed");
  const number = (test: (change: ResourceChange) => boolean) => managed.filter(test).length;
  const only = (action: string) => number(({ change }) => change.actions.length === 1 && change.actions[0] === action);
  return {
    create: only("create"),
    update: only("update"),
    replace: number(isReplaced),
    destroy: only("delete"),
    forget: only("forget"),
    import: number(({ change }) => change.importing !== undefined && change.importing !== null),
    move: number(({ previous_address }) => previous_address !== undefined),
  };
}
