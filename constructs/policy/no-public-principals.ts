import { blocks, type PolicyRule } from "./rule";

/** Groups that everybody is in. */
const EVERYBODY = ["account users", "users"];

export const noPublicPrincipals: PolicyRule = {
  id: "no-public-principals",
  why: "data and jobs are given to roles, not to everybody",
  violation: ({ type, attributes }) => {
    const names = principalsOf(type, attributes).filter((name) => EVERYBODY.includes(name.toLowerCase()));
    return names.length === 0
      ? undefined
      : `${type} is given to "${names[0]}", which is everybody; name a group of your own`;
  },
};

function principalsOf(type: string, attributes: Readonly<Record<string, unknown>>): string[] {
  if (type === "databricks_grant") return [String(attributes["principal"])];
  if (type === "databricks_grants") return blocks(attributes["grant"]).map(({ principal }) => String(principal));
  if (type === "databricks_permissions")
    return blocks(attributes["access_control"]).map(({ group_name }) => String(group_name ?? ""));
  return [];
}
