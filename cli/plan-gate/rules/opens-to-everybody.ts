import type { Finding, GateRule } from "../finding";
import { type Attributes, attributes, blocks, has, nameOf, type ResourceChange } from "../plan";

/** Groups that everybody is in. */
const EVERYBODY = ["account users", "users", "all workspace users", "all account users"];

/** Data, jobs or secrets that would become everybody's and were not so before. */
export const opensToEverybody: GateRule = (change) => {
  if (change.mode !== "managed" || !(has(change, "create") || has(change, "update"))) return [];
  const before = publicGrants(change.type, attributes(change.change.before));
  const after = publicGrants(change.type, attributes(change.change.after));
  const given = [...after].filter((grant) => !before.has(grant));
  const findings = given.length === 0 ? [] : [finding(change, `will give ${given.join("; ")}`)];
  return opensIsolation(change)
    ? [...findings, finding(change, "will be open to every workspace (isolation)")]
    : findings;
};

function finding(change: ResourceChange, action: string): Finding {
  return {
    name: nameOf(change),
    rule: "opens-to-everybody",
    type: change.type,
    action,
    why: "What everybody can read cannot be called back once it was read.",
    remedy: "Give it to a group of your own, or keep it isolated and bind the workspaces that need it.",
  };
}

/** What everybody has by a resource: "SELECT to account users". */
function publicGrants(type: string, resource: Attributes): Set<string> {
  return new Set(
    principalsOf(type, resource)
      .filter(({ principal }) => EVERYBODY.includes(principal.toLowerCase()))
      .flatMap(({ principal, privileges }) => privileges.map((privilege) => `${privilege} to ${principal}`)),
  );
}

interface Given {
  readonly principal: string;
  readonly privileges: readonly string[];
}

function principalsOf(type: string, resource: Attributes): Given[] {
  switch (type) {
    case "databricks_grant":
      return [{ principal: text(resource["principal"]), privileges: texts(resource["privileges"]) }];
    case "databricks_grants":
      return blocks(resource["grant"]).map((grant) => ({
        principal: text(grant["principal"]),
        privileges: texts(grant["privileges"]),
      }));
    case "databricks_permissions":
      return blocks(resource["access_control"]).map((entry) => ({
        principal: text(entry["group_name"]),
        privileges: [text(entry["permission_level"])],
      }));
    case "databricks_secret_acl":
      return [{ principal: text(resource["principal"]), privileges: [text(resource["permission"])] }];
    default:
      return [];
  }
}

/** Catalogs, storage credentials and external locations that were bound to workspaces. */
function opensIsolation(change: ResourceChange): boolean {
  const [before, after] = [change.change.before, change.change.after].map((side) =>
    text(attributes(side)["isolation_mode"]),
  );
  return /^(ISOLATED|ISOLATION_MODE_ISOLATED)$/.test(before ?? "") && /^(OPEN|ISOLATION_MODE_OPEN)$/.test(after ?? "");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}
