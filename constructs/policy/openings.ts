import { blocks } from "./rule";

/** Stands for a value that a plan does not know yet: it may be anything, so it is taken for the worst. */
export const UNKNOWN = "(known only after apply)";

/** Groups that everybody is in, of a workspace or of the account; and the system groups by which a workspace names all its users. */
const EVERYBODY = [
  "account users",
  "all account users",
  "users",
  "all users",
  "all workspace users",
  "workspace users",
  "everyone",
];
const SYSTEM_GROUP = /^_workspace_users_/;

/** Returns whether a principal means everybody, however it is spelled. */
export function isEverybody(principal: string): boolean {
  const name = principal
    .normalize("NFKC")
    .trim()
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/^groups\//, "");
  return EVERYBODY.includes(name) || SYSTEM_GROUP.test(name);
}

/** Privileges that hold for everything, or let who has them give others any. */
const WIDE = ["ALL_PRIVILEGES", "ALL PRIVILEGES", "MANAGE"];

export type Attributes = Readonly<Record<string, unknown>>;

/** Privileges that a resource gives to one principal. */
export interface Given {
  readonly principal: string;
  readonly privileges: readonly string[];
}

/** One way in which a resource opens something wider than to groups that it names. */
export interface Opening {
  /** The privilege: "SELECT", "ownership". */
  readonly what: string;
  readonly to: string;
  readonly why: "everybody" | "wide";
}

/** Every opening of a resource. A policy asks at synth, the plan gate asks of a plan, before and after. */
export function openingsOf(type: string, attributes: Attributes): Opening[] {
  const given = givenBy(type, attributes).flatMap(({ principal, privileges }) =>
    privileges.flatMap((what): Opening[] => {
      if (isEverybody(principal) || principal === UNKNOWN) return [{ what, to: principal, why: "everybody" }];
      const wide = isGrant(type) && (WIDE.includes(what.toUpperCase()) || what === UNKNOWN);
      return wide ? [{ what, to: principal, why: "wide" }] : [];
    }),
  );
  const embeds =
    type === "databricks_dashboard" && [true, "true", UNKNOWN].includes(attributes["embed_credentials"] as string);
  return embeds
    ? [...given, { what: "what its publisher may see", to: "every viewer (embed_credentials)", why: "everybody" }]
    : given;
}

const isGrant = (type: string) => type === "databricks_grant" || type === "databricks_grants";

/** Lists the privileges that a resource gives, by principal. */
export function givenBy(type: string, attributes: Attributes): Given[] {
  const { owner } = attributes;
  const owned = typeof owner === "string" && owner !== "" ? [{ principal: owner, privileges: ["ownership"] }] : [];
  return [...owned, ...grantedBy(type, attributes)];
}

function grantedBy(type: string, attributes: Attributes): Given[] {
  const entries = (key: string, principal: string, privileges: string) =>
    attributes[key] === UNKNOWN
      ? [{ principal: UNKNOWN, privileges: [UNKNOWN] }]
      : blocks(attributes[key]).map((entry) => ({
          principal: text(entry[principal]),
          privileges: texts(entry[privileges]),
        }));
  switch (type) {
    case "databricks_grant":
      return [{ principal: text(attributes["principal"]), privileges: texts(attributes["privileges"]) }];
    case "databricks_grants":
      return entries("grant", "principal", "privileges");
    case "databricks_permissions":
    case "databricks_sql_permissions":
      return [
        ...entries("access_control", "group_name", "permission_level"),
        ...entries("privilege_assignments", "principal", "privileges"),
      ];
    case "databricks_secret_acl":
      return [{ principal: text(attributes["principal"]), privileges: texts(attributes["permission"]) }];
    case "databricks_access_control_rule_set":
      return attributes["grant_rules"] === UNKNOWN
        ? [{ principal: UNKNOWN, privileges: [UNKNOWN] }]
        : blocks(attributes["grant_rules"]).flatMap((rule) =>
            texts(rule["principals"]).map((principal) => ({ principal, privileges: texts(rule["role"]) })),
          );
    default:
      return [];
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(text);
  return typeof value === "string" ? [value] : ["access"];
}
