import { describe, expect, it } from "vitest";
import { Grants, type Roles, roleGrants } from "../../constructs";
import { mergeGrants } from "../../constructs/catalog/grants";
import { makeEnvironment, makePipeline } from "./support/fixtures";
import { newStack, synth } from "./support/synth";

const NOBODY: Roles = { reader: [], engineer: [], operator: [], service: [] };

/** place -> privileges that one role comes to in a stack that makes everything. */
function privilegesOf(roles: Partial<Roles>, engineersWrite = false): Record<string, readonly string[]> {
  const { pipeline } = makePipeline();
  const grants = mergeGrants(roleGrants({ ...NOBODY, ...roles }, pipeline, { engineersWrite }));
  return Object.fromEntries(grants.map(({ on, privileges }) => [on, privileges]));
}

describe("roles", () => {
  it("gives readers silver and gold, and nothing of bronze, ops or volumes", () => {
    expect(privilegesOf({ reader: ["analysts"] })).toEqual({
      catalog: ["USE_CATALOG"],
      silver: ["SELECT", "USE_SCHEMA"],
      gold: ["SELECT", "USE_SCHEMA"],
    });
  });

  it("gives operators ops, and gold, which the dashboards that they may open show", () => {
    const read = ["SELECT", "USE_SCHEMA"];
    expect(privilegesOf({ operator: ["ops"] })).toEqual({ catalog: ["USE_CATALOG"], gold: read, ops: read });
  });

  it("gives the service what a run writes, and the landing volume to read", () => {
    const write = ["CREATE_TABLE", "MODIFY", "SELECT", "USE_SCHEMA"];
    expect(privilegesOf({ service: ["app"] })).toEqual({
      catalog: ["USE_CATALOG"],
      bronze: write,
      silver: write,
      gold: write,
      ops: write,
      landing: ["READ_VOLUME"],
      checkpoints: ["READ_VOLUME", "WRITE_VOLUME"],
    });
  });

  it("lets engineers write in development only", () => {
    expect(privilegesOf({ engineer: ["team"] })["bronze"]).toEqual(["SELECT", "USE_SCHEMA"]);
    const development = privilegesOf({ engineer: ["team"] }, true);
    expect(development["bronze"]).toContain("MODIFY");
    expect(development["catalog"]).toEqual(["CREATE_SCHEMA", "USE_CATALOG"]);
    expect(development["landing"]).toEqual(["READ_VOLUME", "WRITE_VOLUME"]);
  });

  it("grants nothing on what existed", () => {
    const environment = makeEnvironment({
      catalog: { name: "main" },
      landing: { volume: "main.raw.landing" },
      roles: { engineer: ["team"], service: ["app"] },
    });
    const grants = Object.values(synth(makePipeline({ environment }).stack).resources["databricks_grant"] ?? {});
    expect(grants.filter(({ catalog }) => catalog !== undefined)).toEqual([]);
    expect(grants.filter(({ volume }) => String(volume).includes("landing"))).toEqual([]);
    expect(grants.length).toBeGreaterThan(0);
  });
});

describe("Grants", () => {
  it("makes one resource per principal and securable, with the privileges of all roles", () => {
    const stack = newStack();
    const on = { on: "gold", securable: { schema: "main.gold" } };
    const grants = new Grants(stack, "Grants", {
      grants: [
        { ...on, principal: "team", privileges: ["USE_SCHEMA", "SELECT"] },
        { ...on, principal: "team", privileges: ["MODIFY", "SELECT"] },
        { ...on, principal: "data people", privileges: ["SELECT"] },
      ],
    });
    const { resources, counts } = synth(stack);
    expect(counts).toEqual({ databricks_grant: 2 });
    expect(Object.values(resources["databricks_grant"] ?? {})).toEqual([
      { schema: "main.gold", principal: "data people", privileges: ["SELECT"] },
      { schema: "main.gold", principal: "team", privileges: ["MODIFY", "SELECT", "USE_SCHEMA"] },
    ]);
    expect(grants.resources).toHaveLength(2);
  });

  it("keeps principals apart whose names differ in signs only", () => {
    const stack = newStack();
    const on = { on: "gold", securable: { schema: "main.gold" }, privileges: ["SELECT"] };
    new Grants(stack, "Grants", {
      grants: [
        { ...on, principal: "a b" },
        { ...on, principal: "a.b" },
        { ...on, principal: "a-b" },
      ],
    });
    expect(synth(stack).counts).toEqual({ databricks_grant: 3 });
  });

  it("stands before the job that needs it", () => {
    const environment = makeEnvironment({ roles: { service: ["app"] }, warehouse: { create: true } });
    const { only, resources } = synth(makePipeline({ environment }).stack);
    const before = only("databricks_job")["depends_on"] as string[];
    const grants = Object.keys(resources["databricks_grant"] ?? {}).map((id) => `databricks_grant.${id}`);
    expect(grants.length).toBe(7);
    expect(before).toEqual(expect.arrayContaining(grants));
    expect(before.filter((name) => name.startsWith("databricks_sql_table."))).toHaveLength(1);
  });
});

describe("access to the job", () => {
  it("follows the roles and the kind of principal", () => {
    const roles = { engineer: ["team"], operator: ["jo@example.com", "11111111-2222-3333-4444-555555555555"] };
    const { resources } = synth(makePipeline({ environment: makeEnvironment({ roles }) }).stack);
    const [access] = Object.values(resources["databricks_permissions"] ?? {}).filter((one) => "job_id" in one);
    expect(access?.["access_control"]).toEqual([
      { service_principal_name: "11111111-2222-3333-4444-555555555555", permission_level: "CAN_MANAGE_RUN" },
      { user_name: "jo@example.com", permission_level: "CAN_MANAGE_RUN" },
      { group_name: "team", permission_level: "CAN_MANAGE" },
    ]);
  });
});
