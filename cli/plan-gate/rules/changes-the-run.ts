import { UNKNOWN } from "../../../constructs/policy/openings";
import type { Finding, GateRule } from "../finding";
import { type Attributes, attributes, attributesAfter, blocks, has, nameOf, type ResourceChange } from "../plan";

/** Parameters of a pipeline's job that say where it works. */
const TARGETS = ["checkpoints", "catalog", "schema_bronze", "schema_silver", "schema_gold", "schema_ops"];

/** A job that would do something else at every run than to go on where it is, or do it as a person. */
export const changesTheRun: GateRule = (change, plan) => {
  if (change.mode !== "managed" || !(has(change, "create") || has(change, "update"))) return [];
  const [before, after] = [attributes(change.change.before), attributesAfter(change, plan)];
  return [...actions(change, before, after), ...moves(change, before, after), ...persons(change, before, after)];
};

function actions(change: ResourceChange, before: Attributes, after: Attributes): Finding[] {
  const [had, gets] = [parameters(before), parameters(after)];
  if (!had.has("checkpoints") && !gets.has("checkpoints") && !gets.has(UNKNOWN)) return [];
  const action = gets.has(UNKNOWN) ? UNKNOWN : (gets.get("action") ?? "run");
  if (action === "run" || action === had.get("action")) return [];
  return [
    finding(
      change,
      `will do "${action}" by default`,
      "Every run that a schedule or a trigger starts would do it again, with all tables.",
      "Keep the default `run`, and start the action by hand: run now with other parameters.",
    ),
  ];
}

function moves(change: ResourceChange, before: Attributes, after: Attributes): Finding[] {
  const [had, gets] = [parameters(before), parameters(after)];
  if (!had.has("checkpoints") || gets.has(UNKNOWN)) return [];
  const moved = TARGETS.filter((name) => had.has(name) && had.get(name) !== gets.get(name));
  if (moved.length === 0) return [];
  return [
    finding(
      change,
      `will work elsewhere: ${moved.map((name) => `${name} ${had.get(name)} becomes ${gets.get(name) ?? "unset"}`).join(", ")}`,
      "Checkpoints say what was read, tables hold it: with only some of them the pipeline reads everything again, or leaves its tables behind.",
      "Undo it. If the pipeline is to start anew elsewhere, give it another environment.",
    ),
  ];
}

function persons(change: ResourceChange, before: Attributes, after: Attributes): Finding[] {
  const person = userOf(after);
  if (person === undefined || person === userOf(before)) return [];
  return [
    finding(
      change,
      `will run as ${person}`,
      "It would do what this person may do, and stop when the person leaves.",
      "Run it as a service principal (runAs of the environment).",
    ),
  ];
}

/** The person that something runs as. */
function userOf(resource: Attributes): string | undefined {
  if (resource["run_as"] === UNKNOWN) return UNKNOWN;
  const [{ user_name: user, service_principal_name: principal } = {} as Attributes] = blocks(resource["run_as"]);
  if (principal === UNKNOWN) return UNKNOWN;
  return typeof user === "string" && user !== "" ? user : undefined;
}

/** Defaults of a job's parameters by name. */
function parameters(job: Attributes): Map<string, string> {
  if (job["parameter"] === UNKNOWN) return new Map([[UNKNOWN, UNKNOWN]]);
  return new Map(blocks(job["parameter"]).map((each) => [String(each["name"]), String(each["default"])]));
}

function finding(change: ResourceChange, action: string, why: string, remedy: string): Finding {
  return { name: nameOf(change), rule: "changes-the-run", type: change.type, action, why, remedy };
}
