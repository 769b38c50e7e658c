import { openingsOf, UNKNOWN } from "../../../constructs/policy/openings";
import type { Finding, GateRule } from "../finding";
import {
  type Attributes,
  attributes,
  attributesAfter,
  attributesBefore,
  has,
  nameOf,
  type ResourceChange,
} from "../plan";

/** Data, jobs or secrets that would become everybody's, or that somebody would get without limits, and were not so before. */
export const opensToEverybody: GateRule = (change, plan) => {
  if (change.mode !== "managed" || !(has(change, "create") || has(change, "update"))) return [];
  const after = attributesAfter(change, plan);
  const had = new Set(openingsOf(change.type, attributesBefore(change)).map(({ what, to }) => `${what} to ${to}`));
  const given = openingsOf(change.type, after).filter(({ what, to }) => !had.has(`${what} to ${to}`));
  const said = (why: "everybody" | "wide") =>
    given.filter((opening) => opening.why === why).map(({ what, to }) => `${what} to ${to}`);
  const [everybody, wide] = [said("everybody"), said("wide")];
  return [
    ...(everybody.length === 0 ? [] : [opening(change, `will give ${everybody.join("; ")}`)]),
    ...(wide.length === 0 ? [] : [widening(change, `will give ${wide.join("; ")}`)]),
    ...(opensIsolation(attributes(change.change.before), after)
      ? [opening(change, "will be open to every workspace (isolation)")]
      : []),
  ];
};

function opening(change: ResourceChange, action: string): Finding {
  return {
    name: nameOf(change),
    rule: "opens-to-everybody",
    type: change.type,
    action,
    why: action.includes(UNKNOWN)
      ? "What is not known yet may turn out to be everybody, and what everybody can read cannot be called back."
      : "What everybody can read cannot be called back once it was read.",
    remedy: "Give it to a group of your own, by its name, or keep it isolated and bind the workspaces that need it.",
  };
}

function widening(change: ResourceChange, action: string): Finding {
  return {
    name: nameOf(change),
    rule: "widens-access",
    type: change.type,
    action,
    why: "It holds for everything there, also for what is made later; with MANAGE, others can be let in.",
    remedy: "Name the privileges that are needed (SELECT, USE_SCHEMA, …).",
  };
}

/** Catalogs, storage credentials and external locations that were bound to workspaces. What is not said is open. */
function opensIsolation(before: Attributes, after: Attributes): boolean {
  const isolated = (value: unknown) => /^(ISOLATED|ISOLATION_MODE_ISOLATED)$/.test(String(value));
  return isolated(before["isolation_mode"]) && !isolated(after["isolation_mode"]);
}
