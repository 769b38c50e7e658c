import type { ResourceChange } from "../../../cli/plan-gate/plan";
import type { FullPlan } from "./state";

/** What of a plan is committed: what the gate reads, and of resources without a change only that there is none. */
export function fixtureOf(plan: FullPlan): string {
  const { format_version, terraform_version, applyable, complete, errored, resource_drift } = plan as FullPlan &
    Record<string, unknown>;
  const kept = {
    format_version,
    terraform_version,
    planned_values: {},
    resource_changes: plan.resource_changes.map(shortened),
    ...(resource_drift === undefined ? {} : { resource_drift }),
    applyable,
    complete,
    errored,
  };
  return `${JSON.stringify(kept, null, 1)}\n`;
}

function shortened(change: ResourceChange): unknown {
  if (change.change.actions[0] !== "no-op") return change;
  const { importing } = change.change;
  return { ...change, change: { actions: ["no-op"], ...(importing === undefined ? {} : { importing }) } };
}
