import { givenBy, isEverybody, UNKNOWN } from "../../../constructs/policy/openings";
import type { Finding, GateRule } from "../finding";
import {
  type Attributes,
  attributes,
  attributesAfter,
  attributesBefore,
  blocks,
  has,
  nameOf,
  type Plan,
  type ResourceChange,
} from "../plan";

/** Privileges by which somebody sees or changes what is there. */
const TOUCHES = ["SELECT", "MODIFY", "READ_VOLUME", "WRITE_VOLUME", "READ_FILES", "WRITE_FILES"];

/** Finds grants of raw data to principals without a role for it, and lists of grants that take privileges away from others. */
export const widensAccess: GateRule = (change, plan) => {
  if (change.mode !== "managed" || !["databricks_grant", "databricks_grants"].includes(change.type)) return [];
  if (!has(change, "create") && !has(change, "update")) return [];
  const [before, after] = [attributesBefore(change), attributesAfter(change, plan)];
  return [...readsRaw(change, before, after, plan), ...takesAway(change, before, after)];
};

function readsRaw(change: ResourceChange, before: Attributes, after: Attributes, plan: Plan): Finding[] {
  const where = rawData(after, plan);
  if (where === undefined) return [];
  const [had, trusted] = [touching(change.type, before), workers(plan)];
  const given = [...touching(change.type, after)]
    .filter(([text, principal]) => !had.has(text) && !trusted.has(principal))
    // Told by another rule.
    .filter(([, principal]) => !isEverybody(principal) && principal !== UNKNOWN)
    .map(([text]) => text);
  if (given.length === 0) return [];
  return [
    {
      name: nameOf(change),
      rule: "widens-access",
      type: change.type,
      action: `will give ${given.join("; ")} on ${where}`,
      why: "Raw records and the quarantine may hold personal data; readers get silver and gold only.",
      remedy: "Give it the role of an engineer, or grant on silver and gold.",
    },
  ];
}

/** Lists the privileges that show or change data, with their principals: "SELECT to analysts" -> analysts. */
function touching(type: string, resource: Attributes): Map<string, string> {
  const given = givenBy(type, resource).flatMap(({ principal, privileges }) =>
    privileges
      .filter((privilege) => TOUCHES.includes(privilege))
      .map((privilege) => [`${privilege} to ${principal}`, principal] as const),
  );
  return new Map(given);
}

/** The raw data that a grant is on, or that is part of what it is on; undefined where it is on none. */
function rawData(grant: Attributes, plan: Plan): string | undefined {
  for (const kind of ["metastore", "catalog"]) if (said(grant[kind])) return `${kind} ${grant[kind]}, bronze too`;
  for (const kind of ["schema", "volume", "table"]) {
    const name = grant[kind];
    if (said(name) && (name === UNKNOWN || isBronze(name.split(".").slice(0, 2).join("."), plan)))
      return `${kind} ${name}`;
  }
  return undefined;
}

function said(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** By the layer that a schema is marked with; else by its name. */
function isBronze(schema: string, plan: Plan): boolean {
  const layers = plan.resource_changes
    .filter(({ type }) => type === "databricks_schema")
    .map(({ change }) => attributes(change.after ?? change.before))
    .filter(({ catalog_name, name }) => `${catalog_name}.${name}` === schema)
    .map(({ properties }) => attributes(properties)["layer"]);
  const [layer] = layers.filter((each) => each !== undefined);
  return layer === undefined ? /(^|[._])bronze$/i.test(schema) : layer === "bronze";
}

/** Engineers and services: who, after the plan, works on the checkpoints. No reader and no operator does. */
function workers(plan: Plan): ReadonlySet<string> {
  const grants = plan.resource_changes
    .filter(({ type, mode, change }) => type === "databricks_grant" && mode === "managed" && change.after !== undefined)
    .map(({ change }) => attributes(change.after))
    .filter(({ volume }) => typeof volume === "string" && /\.checkpoints$/.test(volume));
  return new Set(grants.map(({ principal }) => String(principal)));
}

/** databricks_grants is all that there is on something: what it does not name is taken away, by whom ever it was given. */
function takesAway(change: ResourceChange, before: Attributes, after: Attributes): Finding[] {
  if (change.type !== "databricks_grants") return [];
  const names = (resource: Attributes) => blocks(resource["grant"]).map(({ principal }) => String(principal));
  const gone = names(before).filter((name) => !names(after).includes(name));
  if (!has(change, "create") && gone.length === 0) return [];
  return [
    {
      name: nameOf(change),
      rule: "widens-access",
      type: change.type,
      action: has(change, "create")
        ? `will be all privileges there (${names(after).join(", ") || "nobody"})`
        : `will take everything there from ${gone.join(", ")}`,
      why: "It takes away whatever it does not name, also what others gave, and again at every apply.",
      remedy: "Use databricks_grant, one per principal, which leaves the privileges of others alone.",
    },
  ];
}
