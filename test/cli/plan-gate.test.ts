import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { main } from "../../cli/main";
import { parseAllow, parseAllowFile } from "../../cli/plan-gate/allow";
import { evaluatePlan } from "../../cli/plan-gate/evaluate";
import { holdingOf } from "../../cli/plan-gate/holdings";
import { type Action, type Plan, type ResourceChange, readPlan } from "../../cli/plan-gate/plan";
import { report } from "../../cli/plan-gate/report";
import { DATA_BEARING } from "../../constructs/policy/data-protected";
import { evaluated } from "../terraform/plans/check";
import { SCENARIOS } from "../terraform/plans/scenarios";

const PLANS = join(__dirname, "fixtures", "plans");
const fixture = (name: string) => readFileSync(join(PLANS, `${name}.json`), "utf8");

describe("real plans, made by Terraform with the real provider", () => {
  it("are there for every scenario, and for nothing else", () => {
    expect(readdirSync(PLANS).sort()).toEqual(
      Object.keys(SCENARIOS)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });

  it.each(Object.entries(SCENARIOS))("%s", (name, scenario) => {
    expect(evaluated(fixture(name), name, scenario)).toEqual([]);
  });
});

/** A plan of one change. */
function planOf(type: string, actions: Action[], more: Partial<ResourceChange["change"]> = {}, other = {}): Plan {
  const change = { address: `${type}.x`, mode: "managed" as const, type, name: "x", ...other };
  return { resource_changes: [{ ...change, change: { actions, ...more } }], resource_drift: [], complete: true };
}
const found = (plan: Plan) => evaluatePlan(plan).findings.map(({ rule }) => rule);

describe("destroys-data", () => {
  it.each(DATA_BEARING)("knows %s, which production protects", (type) => {
    expect(found(planOf(type, ["delete"]))).toEqual(["destroys-data"]);
    expect(found(planOf(type, ["delete", "create"]))).toEqual(["destroys-data"]);
    expect(found(planOf(type, ["create", "delete"]))).toEqual(["destroys-data"]);
  });

  it.each(["databricks_storage_credential", "databricks_external_location", "aws_s3_bucket", "databricks_share"])(
    "knows %s",
    (type) => expect(found(planOf(type, ["delete"]))).toEqual(["destroys-data"]),
  );

  it.each([["no-op"], ["create"], ["update"], ["forget"], ["forget", "create"], ["read"]] as Action[][])(
    "lets %s pass",
    (...actions) => expect(found(planOf("databricks_schema", actions))).toEqual([]),
  );

  it("lets what holds no data be destroyed, and views", () => {
    for (const type of ["databricks_job", "databricks_notebook", "databricks_grant", "terraform_data"])
      expect(found(planOf(type, ["delete"]))).toEqual([]);
    expect(found(planOf("databricks_sql_table", ["delete"], { before: { table_type: "VIEW" } }))).toEqual([]);
  });

  it("says what of an external volume stays", () => {
    const before = { volume_type: "EXTERNAL", storage_location: "s3://b/landing" };
    expect(holdingOf("databricks_volume", before)).toMatch(/s3:\/\/b\/landing: the files stay/);
  });

  it("says that force_destroy takes the content along", () => {
    const [finding] = evaluatePlan(
      planOf("databricks_schema", ["delete"], { before: { force_destroy: true } }),
    ).findings;
    expect(finding?.why).toMatch(/deleted along/);
  });

  it("names moved and destroyed ones by where they stand now", () => {
    const plan = planOf("databricks_schema", ["delete", "create"], {}, { previous_address: "databricks_schema.old" });
    expect(evaluatePlan(plan).findings[0]).toMatchObject({
      name: "databricks_schema.x",
      remedy: expect.stringContaining("from databricks_schema.old"),
    });
  });
});

describe("drops-columns", () => {
  const change = (before: unknown[], after: unknown[] | undefined, unknown?: unknown) =>
    found(
      planOf("databricks_sql_table", ["update"], {
        before: { column: before },
        after: { column: after },
        after_unknown: { column: unknown },
      }),
    );
  const [a, b] = [
    { name: "a", type: "int" },
    { name: "b", type: "string" },
  ];

  it("finds columns that go, and other types", () => {
    expect(change([a, b], [a])).toEqual(["drops-columns"]);
    expect(change([a], [{ ...a, type: "string" }])).toEqual(["drops-columns"]);
    expect(change([a], undefined, true)).toEqual(["drops-columns"]);
  });

  it("lets new columns, another order, other spellings and undeclared columns pass", () => {
    expect(change([a], [b, a])).toEqual([]);
    expect(change([a], [{ name: "A", type: "INTEGER" }])).toEqual([]);
    expect(change([a, b], [])).toEqual([]);
    expect(change([], [a])).toEqual([]);
  });
});

describe("opens-to-everybody", () => {
  const grants = (type: string, before: unknown, after: unknown) => found(planOf(type, ["update"], { before, after }));

  it.each([
    ["databricks_grant", { principal: "account users", privileges: ["SELECT"] }],
    ["databricks_grants", { grant: [{ principal: "Account Users", privileges: ["SELECT"] }] }],
    ["databricks_permissions", { access_control: [{ group_name: "users", permission_level: "CAN_VIEW" }] }],
    ["databricks_secret_acl", { principal: "users", permission: "READ" }],
  ])("finds %s to everybody, and says nothing where it was so before", (type, given) => {
    expect(grants(type, {}, given)).toEqual(["opens-to-everybody"]);
    expect(grants(type, given, given)).toEqual([]);
    expect(grants(type, given, {})).not.toContain("opens-to-everybody");
  });

  it("finds a privilege more, and a catalog that is isolated no more", () => {
    const reads = { principal: "users", privileges: ["SELECT"] };
    expect(grants("databricks_grant", reads, { ...reads, privileges: ["SELECT", "MODIFY"] })).toHaveLength(1);
    const isolation = (mode: string) => ({ isolation_mode: mode });
    expect(grants("databricks_catalog", isolation("ISOLATED"), isolation("OPEN"))).toHaveLength(1);
    expect(grants("databricks_catalog", isolation("OPEN"), isolation("ISOLATED"))).toEqual([]);
  });

  it("lets groups of one's own pass", () => {
    expect(grants("databricks_grant", {}, { principal: "analysts", privileges: ["SELECT"] })).toEqual([]);
  });
});

describe("allowances", () => {
  it("let a change pass by its name, with the reason in the report", () => {
    const plan = planOf("databricks_schema", ["delete"]);
    const result = evaluatePlan(plan, new Map([["databricks_schema.x", "moved to the new catalog in spring"]]));
    expect(result.status).toBe("passed");
    expect(report(result)).toMatch(/Allowed:\n {2}databricks_schema\.x .*moved to the new catalog/);
  });

  it("are for one name, and are asked back when they are not needed", () => {
    const result = evaluatePlan(planOf("databricks_schema", ["delete"]), new Map([["databricks_schema.y", "gone"]]));
    expect(result.status).toBe("rejected");
    expect(result.notices).toEqual([expect.stringMatching(/databricks_schema\.y is allowed, but/)]);
  });

  it("read addresses with keys, and files with comments", () => {
    expect(parseAllow('module.m.databricks_schema.x["a=b"]=it = old')).toEqual([
      'module.m.databricks_schema.x["a=b"]',
      "it = old",
    ]);
    expect(parseAllowFile("# why\n\ndatabricks_schema.x = no longer read\r\n", "f")).toEqual([
      ["databricks_schema.x", "no longer read"],
    ]);
  });

  it.each([
    ["databricks_schema.x", /<address>=<reason>/],
    ["databricks_schema.x=", /say why/],
    ["databricks_schema.x= ..", /say why/],
    ["=why", /<address>=<reason>/],
    ["everything=because", /<address>=<reason>/],
  ])("reject %s", (text, message) => expect(() => parseAllow(text)).toThrow(message));

  it("say where in a file they are wrong", () => {
    expect(() => parseAllowFile("# a\ndatabricks_schema.x", "allow.txt")).toThrow(
      /^allow\.txt:2: databricks_schema\.x: /,
    );
  });
});

describe("what is read", () => {
  it.each([
    ["PK\u0003\u0004", /saved plan/],
    ["{", /not JSON/],
    ["null", /no format_version/],
    ["[]", /no format_version/],
    ['{"format_version":"2.0"}', /knows format 1/],
    ['{"format_version":"1.2","values":{}}', /a state, not a plan/],
    ['{"format_version":"1.2","errored":true}', /failed/],
    ['{"format_version":"1.2","resource_changes":[{}]}', /not as Terraform writes/],
    ['{"format_version":"1.2","resource_changes":{}}', /not as Terraform writes/],
  ])("%s is rejected", (text, message) => expect(() => readPlan(text, "plan.json")).toThrow(message));

  it("is sound where a plan has no resources at all", () => {
    expect(evaluatePlan(readPlan('{"format_version":"1.2","planned_values":{}}', "p"))).toMatchObject({
      status: "passed",
    });
  });

  it("says when a plan is not complete, and when data was deleted outside of Terraform", () => {
    const drift = planOf("databricks_schema", ["delete"]).resource_changes;
    const { notices, status } = evaluatePlan({ resource_changes: [], resource_drift: drift, complete: false });
    expect(status).toBe("passed");
    expect(notices).toEqual([expect.stringMatching(/not complete/), expect.stringMatching(/deleted outside/)]);
  });
});

describe("medallion plan-gate", () => {
  afterEach(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });

  async function run(...args: string[]) {
    const said = { out: "", err: "" };
    const take = (where: "out" | "err") => (text: string | Uint8Array) => {
      said[where] += String(text);
      return true;
    };
    vi.spyOn(process.stdout, "write").mockImplementation(take("out"));
    vi.spyOn(process.stderr, "write").mockImplementation(take("err"));
    await main(["plan-gate", ...args]);
    return { ...said, status: process.exitCode ?? 0 };
  }
  const plan = (name: string) => join(PLANS, `${name}.json`);

  it("passes a harmless plan with a summary", async () => {
    const { status, out } = await run(plan("harmless"));
    expect(out).toBe("plan gate: passed. 1 to create, 2 to update, 1 to destroy.\n");
    expect(status).toBe(0);
  });

  it("rejects with status 2, each change with its why and what to do", async () => {
    const { status, out } = await run(plan("destroy-schema"));
    expect(status).toBe(2);
    expect(out).toMatch(
      /silver_\w+ will be destroyed\n {2}why {4}It holds .*\n {2}cause .*prevent_destroy.*\n {2}do .*\n {2}or .*--allow/,
    );
  });

  it("takes allowances, and prints JSON", async () => {
    const name = evaluatePlan(readPlan(fixture("destroy-schema"), "p")).findings[0]?.name;
    const { status, out } = await run(
      plan("destroy-schema"),
      "--allow",
      `${name}=silver was rebuilt elsewhere`,
      "--json",
    );
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      status: "passed",
      counts: { destroy: 1 },
      findings: [{ name, allowed: "silver was rebuilt elsewhere" }],
    });
  });

  it("takes types of one's own, from the command line and from a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "medallion-gate-"));
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const topic = write(
      "topic.json",
      JSON.stringify({ format_version: "1.2", ...planOf("aws_sns_topic", ["delete"]) }),
    );
    const job = write("job.json", JSON.stringify({ format_version: "1.2", ...planOf("databricks_job", ["delete"]) }));
    const types = write(
      "types.txt",
      "# ours\nharmless aws_sns_topic = made from code\n\nguarded databricks_job = its history is our audit trail\n",
    );
    expect((await run(topic)).status).toBe(2);
    process.exitCode = undefined;
    expect((await run(topic, "--harmless", "aws_sns_topic=made from code")).status).toBe(0);
    expect((await run(topic, "--types", types)).status).toBe(0);
    expect((await run(job)).status).toBe(0);
    const { status, out } = await run(job, "--types", types);
    expect([status, out]).toEqual([2, expect.stringContaining("It holds its history is our audit trail.")]);
    for (const [line, message] of [
      ["harmless aws_sns_topic", /^medallion: .*types\.txt:1: aws_sns_topic: wanted is <type>=<reason>/],
      ["harmless aws_sns_topic = .", /types\.txt:1: aws_sns_topic: say why/],
      ["harmless aws_* = all", /wanted is <type>=<reason>/],
      ["aws_sns_topic = made from code", /types\.txt:1: wanted is `harmless/],
    ] as const)
      expect((await run(topic, "--types", write("types.txt", line))).err).toMatch(message);
  });

  it("says what it cannot read", async () => {
    const { status, err } = await run("no-such-plan.json");
    expect([status, err]).toEqual([2, expect.stringMatching(/^medallion: no-such-plan\.json cannot be read/)]);
  });

  it("lets no control character of a plan reach the terminal", () => {
    const plan = planOf("databricks_grant", ["create"], {
      after: { principal: "users", privileges: ["\u001b[2J\nX"] },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(report(evaluatePlan(plan))).not.toMatch(/\u001b|^X/m);
  });
});
