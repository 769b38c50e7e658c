import { Cluster } from "@cdktf/provider-databricks/lib/cluster";
import { Grant } from "@cdktf/provider-databricks/lib/grant";
import { DatabricksProvider } from "@cdktf/provider-databricks/lib/provider";
import { Schema as SchemaResource } from "@cdktf/provider-databricks/lib/schema";
import { TerraformOutput } from "cdktf";
import { describe, expect, it } from "vitest";
import { acknowledge, type DeclaredResource, POLICIES } from "../../constructs";
import { makeDocument, makeEnvironment, makePipeline } from "./support/fixtures";
import { fakeTemplates, newStack, synth } from "./support/synth";

type Case = readonly [
  id: string,
  type: string,
  good: DeclaredResource["attributes"],
  bad: DeclaredResource["attributes"],
  message: string,
];

/** Every rule from both sides. */
const CASES: readonly Case[] = [
  ["tagged", "databricks_job", { tags: { team: "a" } }, {}, "databricks_job has no tags"],
  ["tagged", "databricks_cluster", { custom_tags: { team: "a" } }, { custom_tags: {} }, "has no tags"],
  [
    "tagged",
    "databricks_sql_endpoint",
    { tags: { custom_tags: [{ key: "a", value: "b" }] } },
    { tags: { custom_tags: [] } },
    "has no tags",
  ],
  [
    "stops-by-itself",
    "databricks_cluster",
    { autotermination_minutes: 30 },
    { autotermination_minutes: 0 },
    "never stops (autotermination_minutes is 0)",
  ],
  ["stops-by-itself", "databricks_sql_endpoint", {}, { auto_stop_mins: 0 }, "never stops"],
  [
    "no-public-principals",
    "databricks_grant",
    { principal: "team" },
    { principal: "account users" },
    'given to "account users", which is everybody',
  ],
  [
    "no-public-principals",
    "databricks_grants",
    { grant: [{ principal: "team" }] },
    { grant: [{ principal: "team" }, { principal: "Account Users" }] },
    "everybody",
  ],
  [
    "no-public-principals",
    "databricks_grant",
    { principal: "workspace-users", privileges: ["SELECT"] },
    { principal: "_workspace_users_prod_900800700600", privileges: ["SELECT"] },
    'SELECT of databricks_grant is given to "_workspace_users_prod_900800700600", which is everybody',
  ],
  [
    "no-public-principals",
    "databricks_grant",
    { principal: "${databricks_group.x.display_name}", privileges: ["SELECT"] },
    { principal: "all workspace users", privileges: ["SELECT"] },
    "everybody",
  ],
  [
    "no-public-principals",
    "databricks_grant",
    { principal: "team", privileges: ["SELECT"] },
    { principal: "team", privileges: ["ALL_PRIVILEGES"] },
    'ALL_PRIVILEGES of databricks_grant is given to "team"; name the privileges',
  ],
  [
    "no-public-principals",
    "databricks_schema",
    { owner: "data-engineers" },
    { owner: "account users" },
    "ownership of databricks_schema is given to",
  ],
  [
    "no-public-principals",
    "databricks_dashboard",
    { embed_credentials: false },
    { embed_credentials: true },
    "embed_credentials",
  ],
  [
    "no-public-principals",
    "databricks_permissions",
    { access_control: [{ user_name: "users" }] },
    { access_control: [{ group_name: "users" }] },
    "everybody",
  ],
  [
    "pinned-runtime",
    "databricks_cluster",
    { spark_version: "17.3.x-scala2.13" },
    { spark_version: "latest" },
    'spark_version "latest" is not pinned',
  ],
  [
    "pinned-runtime",
    "databricks_job",
    { job_cluster: [{ new_cluster: { spark_version: "${data.x.id}" } }] },
    { task: [{ new_cluster: { spark_version: "auto:latest" } }] },
    "not pinned",
  ],
  [
    "data-protected",
    "databricks_schema",
    { lifecycle: { prevent_destroy: true } },
    {},
    "may be destroyed in production",
  ],
  [
    "data-protected",
    "databricks_catalog",
    { lifecycle: { prevent_destroy: true } },
    { lifecycle: { prevent_destroy: true }, force_destroy: true },
    "has force_destroy in production",
  ],
  [
    "no-secrets",
    "databricks_job",
    { tags: { note: "dapi" } },
    { tags: { note: `dapi${"0123456789abcdef".repeat(2)}` } },
    "holds a Databricks token",
  ],
  [
    "no-secrets",
    "databricks_cluster",
    {},
    { spark_conf: { "fs.s3a.access.key": "AKIAABCDEFGHIJKLMNOP" } },
    "holds an AWS access key",
  ],
];

const rule = (id: string) => {
  const found = POLICIES.find((policy) => policy.id === id);
  if (found === undefined) throw new Error(`no policy ${id}`);
  return found;
};

describe("policies", () => {
  it.each(CASES)("%s evaluates %s", (id, type, good, bad, message) => {
    expect(rule(id).violation({ type, attributes: good, mode: "production" })).toBeUndefined();
    expect(rule(id).violation({ type, attributes: bad, mode: "production" })).toContain(message);
  });

  it("are all tested from both sides, and have names of their own", () => {
    expect([...new Set(CASES.map(([id]) => id))].sort()).toEqual(POLICIES.map(({ id }) => id));
  });

  it("let development data be destroyed", () => {
    expect(
      rule("data-protected").violation({
        type: "databricks_schema",
        attributes: { force_destroy: true },
        mode: "development",
      }),
    ).toBeUndefined();
  });
});

describe("the aspect", () => {
  const cluster = {
    sparkVersion: "17.3.x-scala2.13",
    numWorkers: 1,
    customTags: { team: "a" },
    autoterminationMinutes: 0,
  };

  it("makes a violation an error in production", () => {
    const stack = newStack({ mode: "production" });
    new Cluster(stack, "Cluster", cluster);
    expect(() => synth(stack)).toThrow("[test/Cluster] databricks_cluster never stops (autotermination_minutes is 0)");
  });

  it("makes it a warning in development, and changes nothing", () => {
    const stack = newStack();
    new Cluster(stack, "Cluster", cluster);
    const { annotations, only } = synth(stack);
    expect(annotations).toEqual([
      expect.stringContaining("(policy stops-by-itself: compute that nobody uses is paid for around the clock)"),
    ]);
    expect(only("databricks_cluster")["autotermination_minutes"]).toBe(0);
  });

  it("accepts a reason, on the construct or above it, and shows it", () => {
    const stack = newStack({ mode: "production" });
    const always = new Cluster(stack, "Cluster", cluster);
    acknowledge(always, "stops-by-itself", "dashboards of the shop floor");
    expect(synth(stack).annotations).toEqual([
      expect.stringMatching(/never stops.* accepted: dashboards of the shop floor$/),
    ]);
  });

  it("accepts one rule only", () => {
    const stack = newStack({ mode: "production" });
    acknowledge(stack, "stops-by-itself", "always on");
    new Grant(stack, "Grant", { catalog: "main", principal: "account users", privileges: ["SELECT"] });
    expect(() => synth(stack)).toThrow("no-public-principals");
  });

  it("wants a reason", () => {
    expect(() => acknowledge(newStack(), "tagged", " ")).toThrow('acknowledging "tagged" at test needs a reason');
  });

  it("asks the rules of the stack", () => {
    const stack = newStack({ mode: "production", policies: [] });
    new SchemaResource(stack, "Schema", { catalogName: "main", name: "x" });
    expect(synth(stack).annotations).toEqual([]);
  });

  it("finds nothing in what this package makes", () => {
    const environment = makeEnvironment({
      catalog: { name: "main", create: true, storageRoot: "s3://bucket/tables" },
      mode: "production",
      warehouse: { create: true },
      roles: { reader: ["analysts"] },
      runAs: { servicePrincipal: "11111111-2222-3333-4444-555555555555" },
      notifications: { onFailure: ["oncall@example.com"] },
    });
    expect(synth(makePipeline({ environment }).stack).annotations).toEqual([]);
  });
});

describe("roles of an environment", () => {
  it.each(["account users", "all workspace users", "_workspace_users_prod_900800700600"])(
    "are not given to %s in production",
    (group) => {
      const environment = makeEnvironment({
        mode: "production",
        runAs: { servicePrincipal: "00000000-0000-0000-0000-000000000001" },
        notifications: { onFailure: ["a@example.com"] },
        roles: { reader: [group] },
      });
      expect(() => synth(makePipeline({ environment }).stack)).toThrow(new RegExp(`"${group}", which is everybody`));
    },
  );
});

describe("no-secrets looks at everything that is emitted", () => {
  const SECRET = `dapi${"0123456789abcdef".repeat(2)}`;

  it("at providers and outputs, not at resources alone", () => {
    const stack = newStack({ mode: "production" });
    new TerraformOutput(stack, "Out", { value: SECRET });
    new DatabricksProvider(stack, "Second", { alias: "second", token: SECRET });
    const failed = () => synth(stack);
    expect(failed).toThrow(/output holds a Databricks token/);
    expect(failed).toThrow(/provider holds a Databricks token/);
    expect(failed).not.toThrow(SECRET);
  });

  it("at files: the document, dashboards and notebooks", () => {
    const document = makeDocument();
    expect(() => makePipeline({ document: { ...document, description: SECRET } })).toThrow(
      /pipeline\.json holds a Databricks token/,
    );
    const notebook = `# Databricks notebook source\nDEFAULTS = "{{ defaults }}"\nTOKEN = "${SECRET}"\n`;
    expect(() => makePipeline({ templates: fakeTemplates({ silver: notebook }) })).toThrow(
      /silver\.py holds a Databricks token/,
    );
  });
});
