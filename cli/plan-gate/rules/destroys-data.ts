import type { Finding, GateRule } from "../finding";
import { isHarmless } from "../harmless";
import { holdingOf } from "../holdings";
import { type Attributes, attributes, has, isReplaced, nameOf, type Plan, type ResourceChange } from "../plan";

/** Containers that the platform deletes only when they are empty, unless force_destroy is on. */
const EMPTIED_ONLY_BY_FORCE = ["databricks_catalog", "databricks_schema"];

const CAUSES: Readonly<Record<string, string>> = {
  delete_because_no_resource_config: "it is declared no more (with its block went its prevent_destroy, if it had one)",
  delete_because_no_module: "the module that declared it is called no more",
  delete_because_wrong_repetition: "count or for_each came or went",
  delete_because_count_index: "count became smaller",
  delete_because_each_key: "its key is not in for_each any more",
  delete_because_no_move_target: "it moved to an address that is not declared",
  replace_because_tainted: "it is marked as tainted",
  replace_by_request: "-replace asks for it",
  replace_by_triggers: "replace_triggered_by asks for it",
};

/** Resources that would be destroyed, alone or to be made again, left-over objects too; all but those known to be harmless. */
export const destroysData: GateRule = (change, plan, lists) => {
  if (change.mode !== "managed" || !has(change, "delete")) return [];
  if (isHarmless(change.type, isReplaced(change) && keepsItsName(change) ? "replace" : "destroy", lists)) return [];
  const before = attributes(change.change.before);
  const holding = lists.guarded.get(change.type) ?? holdingOf(change.type, before);
  if (holding === undefined) return [];
  const finding: Finding = {
    name: nameOf(change),
    rule: "destroys-data",
    type: change.type,
    action: actionOf(change),
    why: `It holds ${holding}.${forceNote(change.type, before)}`,
    cause: causeOf(change),
    remedy: remedyOf(change, plan),
  };
  return [finding];
};

/** A secret under another key is another secret: the one of before is gone. */
function keepsItsName({ change }: ResourceChange): boolean {
  const [before, after] = [attributes(change.before), attributes(change.after)];
  return ["scope", "key"].every((key) => before[key] === after[key]);
}

function actionOf(change: ResourceChange): string {
  if (isReplaced(change)) return "will be destroyed and made anew, empty";
  return change.deposed === undefined
    ? "will be destroyed"
    : `an older object of it (${change.deposed}) will be destroyed`;
}

function forceNote(type: string, before: Attributes): string {
  if (!EMPTIED_ONLY_BY_FORCE.includes(type)) return "";
  return before["force_destroy"] === true
    ? " force_destroy is on: what is in it is deleted along."
    : " force_destroy is off: while it is not empty the platform rejects the deletion, which leaves the apply half done.";
}

function causeOf(change: ResourceChange): string | undefined {
  const paths = (change.change.replace_paths ?? []).map((path) => path.join("."));
  if (paths.length > 0) return `${paths.join(", ")} cannot be changed in place`;
  if (change.deposed !== undefined) return "it was left over when an earlier replacement did not come to its end";
  return change.action_reason === undefined ? undefined : (CAUSES[change.action_reason] ?? change.action_reason);
}

function remedyOf(change: ResourceChange, plan: Plan): string {
  const { address, previous_address } = change;
  if (change.deposed !== undefined) return "Look in the workspace what the object is before it goes.";
  if (isReplaced(change)) {
    const moved = previous_address === undefined ? "" : ` (it also moves, from ${previous_address})`;
    return `Undo the change of what cannot be changed in place${moved}, or copy the data to a new resource first and switch over.`;
  }
  const twin = plan.resource_changes.find((other) => isTwin(other, change));
  if (twin !== undefined)
    return `${twin.address} would make the same thing again: this looks like a rename. Say so with a moved block (in CDKTF: moveFromId), from ${address} to ${twin.address}.`;
  return `If it was renamed, add a moved block. If it is to stay without being managed here, a removed block with destroy = false. Else put its declaration back.`;
}

/** A created resource of the same type and the same names; names that are not known yet may be the same. */
function isTwin(other: ResourceChange, gone: ResourceChange): boolean {
  if (other.type !== gone.type || !has(other, "create") || has(other, "delete")) return false;
  const [before, after] = [attributes(gone.change.before), attributes(other.change.after)];
  if (typeof before["name"] !== "string" || before["name"] !== after["name"]) return false;
  return ["catalog_name", "schema_name"].every((key) => after[key] === undefined || after[key] === before[key]);
}
