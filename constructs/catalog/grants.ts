import { Grant, type GrantConfig } from "@cdktf/provider-databricks/lib/grant";
import { Construct } from "constructs";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";
import { principalId } from "../internal/principals";

/** Objects that privileges are granted on. */
export type Securable = Pick<GrantConfig, "catalog" | "schema" | "volume">;

/** Privileges of one principal on one securable. */
export interface GrantSpec {
  /** Short name of the securable, part of the resource's id: it stays when the securable is renamed. */
  readonly on: string;
  readonly securable: Securable;
  /** User, group, or application id of a service principal. */
  readonly principal: string;
  /** As the provider writes them, with underscores. */
  readonly privileges: readonly string[];
}

/** Properties of `Grants`. */
export interface GrantsProps {
  readonly grants: readonly GrantSpec[];
}

const PRIVILEGE = /^[A-Z]+(_[A-Z]+)*$/;

const RULES: readonly Rule<GrantsProps>[] = [
  [
    (p) => p.grants.some((g) => g.principal.trim() === ""),
    () => "a grant needs a principal: a user, a group or a service principal's application id",
  ],
  [
    (p) => p.grants.some((g) => g.privileges.length === 0 || g.privileges.some((name) => !PRIVILEGE.test(name))),
    (p) =>
      `privileges are words joined by underscores, at least one (USE_SCHEMA, SELECT); got ${p.grants.map((g) => `[${g.privileges.join(", ")}]`).join(" ")}`,
  ],
];

/**
 * Grants, one resource per principal and securable: that owns the privileges of this principal on this securable
 * and leaves those of all others alone.
 *
 * @example
 * new Grants(this, "Grants", {
 *   grants: [
 *     {
 *       on: "gold",
 *       securable: { schema: gold.fullReference },
 *       principal: "analysts",
 *       privileges: ["USE_SCHEMA", "SELECT"],
 *     },
 *   ],
 * });
 */
export class Grants extends Construct {
  readonly resources: readonly Grant[];

  constructor(scope: Construct, id: string, props: GrantsProps) {
    super(scope, id);
    check(this, props, RULES);
    const merged = mergeGrants(props.grants);
    for (const { securable, principal } of merged) {
      const [kind = "", name = ""] = Object.entries(securable)[0] ?? [];
      claim(this, `grants to ${principal} on ${kind}`, name);
    }
    this.resources = merged.map(
      (grant) =>
        new Grant(this, `${grant.on}-${principalId(this, grant.principal)}`, {
          ...grant.securable,
          principal: grant.principal,
          privileges: [...grant.privileges],
        }),
    );
  }
}

/** One grant per principal and securable, in a fixed order: who has two roles gets the privileges of both. */
export function mergeGrants(grants: readonly GrantSpec[]): GrantSpec[] {
  const merged = new Map<string, GrantSpec>();
  for (const grant of grants) {
    const key = `${grant.on}\n${grant.principal}`;
    const privileges = [...new Set([...(merged.get(key)?.privileges ?? []), ...grant.privileges])].sort();
    merged.set(key, { ...grant, privileges });
  }
  return [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => grant);
}
