import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Group } from "@cdktf/provider-databricks/lib/group";
import { ServicePrincipal } from "@cdktf/provider-databricks/lib/service-principal";
import { TerraformVariable } from "cdktf";
import { describe, expect, it } from "vitest";
import { Catalog, ClusterPolicy, MedallionPipeline } from "../../constructs";
import { makeDocument, makeEnvironment, makePipeline } from "./support/fixtures";
import { fakeTemplates, fakeWheel, newStack, synth } from "./support/synth";

const SERVICE = "11111111-2222-3333-4444-555555555555";
const countsOf = (...props: Parameters<typeof makePipeline>) => synth(makePipeline(...props).stack).counts;

const ALWAYS = {
  databricks_schema: 4,
  databricks_volume: 2,
  databricks_directory: 1,
  databricks_notebook: 6,
  databricks_workspace_file: 2,
  databricks_job: 1,
};

describe("MedallionPipeline", () => {
  it("makes what a small environment needs, and nothing else", () => {
    expect(countsOf()).toEqual({ ...ALWAYS, databricks_catalog: 1, databricks_cluster_policy: 1 });
  });

  it("makes least where most exists", () => {
    const environment = makeEnvironment({
      catalog: { name: "main" },
      compute: { kind: "serverless" },
      landing: { volume: "main.raw.landing" },
      warehouse: { id: "abc" },
    });
    expect(countsOf({ environment })).toEqual({ ...ALWAYS, databricks_volume: 1 });
  });

  it.each([
    ["a serverless warehouse of its own", { create: true } as const, true],
    ["a pro warehouse of its own", { create: true, type: "pro" } as const, false],
    ["an existing warehouse", { id: "abc" } as const, false],
    ["no warehouse", "none" as const, false],
  ])("with %s declares the registry table only where a statement is answered at once", (_, warehouse, declared) => {
    const withWarehouse = (given: typeof warehouse | { create: true }) =>
      synth(makePipeline({ environment: makeEnvironment({ warehouse: given }) }).stack);
    const [address] = Object.keys(withWarehouse({ create: true }).resources["databricks_sql_table"] ?? {});
    const { counts, json } = withWarehouse(warehouse);
    expect(counts["databricks_sql_table"] ?? 0).toBe(declared ? 1 : 0);
    // A table that was declared before is forgotten, never dropped: its versions are history.
    const forgotten = [{ from: `databricks_sql_table.${address}`, lifecycle: { destroy: false } }];
    expect(json["removed"]).toEqual(declared ? undefined : forgotten);
  });

  it.each<[string, { create?: boolean; storageRoot?: string }, boolean]>([
    ["no storageRoot", { create: true }, true],
    ["a storageRoot", { create: true, storageRoot: "s3://bucket/tables" }, false],
    ["the storage of the metastore", { create: true, storageRoot: "metastore" }, false],
    ["a catalog that is there", {}, false],
  ])("with %s says what a workspace may answer", (_, catalog, warned) => {
    const environment = makeEnvironment({ catalog: { name: "main", ...catalog } });
    const { annotations, resources } = synth(makePipeline({ environment }).stack);
    const about = annotations.filter((text) => text.includes("storageRoot"));
    expect(about).toEqual(warned ? [expect.stringMatching(/catalog main is created without storageRoot.*400/)] : []);
    const [made] = Object.values(resources["databricks_catalog"] ?? {});
    expect(made?.["storage_root"]).toBe(catalog.storageRoot === "metastore" ? undefined : catalog.storageRoot);
  });

  it("does not warn of the storage of a catalog that is imported", () => {
    const environment = makeEnvironment({ import: { catalog: true } });
    expect(synth(makePipeline({ environment }).stack).annotations).toEqual([]);
  });

  it("knows who it runs as for a service principal, also where its id is known only at apply", () => {
    const stack = newStack();
    const robot = new ServicePrincipal(stack, "Robot", { displayName: "robot" });
    const group = new Group(stack, "Group", { displayName: "engineers" });
    const reader = new ServicePrincipal(stack, "Reader", { displayName: "reader" });
    const variable = new TerraformVariable(stack, "robot_id", { type: "string" });
    for (const [name, servicePrincipal] of [
      ["a", robot.applicationId],
      ["b", variable.stringValue],
    ] as const) {
      new MedallionPipeline(stack, name, {
        document: makeDocument(),
        environment: {
          ...makeEnvironment({ runAs: { servicePrincipal }, warehouse: { create: true }, job: { shards: 2 } }),
          name,
          catalog: { name: `c_${name}`, create: true, storageRoot: "metastore" },
          observability: { alerts: true },
          roles: { engineer: [group.displayName], reader: [reader.applicationId] },
        },
        dashboards: [],
        folder: `/Users/robot/${name}`,
        wheel: fakeWheel(),
        templates: fakeTemplates(),
      });
    }
    const named = Object.values(synth(stack).resources["databricks_permissions"] ?? {}).flatMap(
      ({ access_control }) => access_control as Record<string, string>[],
    );
    expect(named.length).toBeGreaterThan(8);
    for (const { permission_level: _level, ...who } of named) {
      const [[key, value] = []] = Object.entries(who);
      expect([key, value]).toEqual([/Group/.test(String(value)) ? "group_name" : "service_principal_name", value]);
    }
  });

  it("makes notification destinations, whose secrets are variables, and tells them like those that are there", () => {
    const environment = makeEnvironment({
      warehouse: { create: true },
      observability: { alerts: true },
      notifications: {
        webhooks: ["theirs"],
        destinations: {
          team: { slack: { url: { variable: "team_url" } } },
          desk: { email: ["b@example.com", "a@example.com"] },
        },
      },
    });
    const { json, resources, only } = synth(makePipeline({ environment }).stack);
    const made = Object.values(resources["databricks_notification_destination"] ?? {});
    expect(made).toMatchObject([
      { display_name: "shop-test-desk", config: { email: { addresses: ["a@example.com", "b@example.com"] } } },
      { display_name: "shop-test-team", config: { slack: { url: "${var.team_url}" } } },
    ]);
    expect(json["variable"]).toMatchObject({ team_url: { type: "string", sensitive: true, nullable: false } });
    // In the order of their ids, as the provider has them: any other would be a difference in every plan.
    const id = (name: string) => `databricks_notification_destination\\.Pipeline_Destinations_${name}_\\w+\\.id`;
    const told = [0, 1, 2].map((at) =>
      expect.stringMatching(
        new RegExp(`^\\$\\{element\\(sort\\(\\["theirs", ${id("desk")}, ${id("team")}\\]\\), ${at}\\)\\}$`),
      ),
    );
    expect(only("databricks_job")["webhook_notifications"]).toMatchObject({ on_failure: told.map((id) => ({ id })) });
    const [alert] = Object.values(resources["databricks_alert_v2"] ?? {}) as {
      evaluation: { notification: { subscriptions: unknown } };
    }[];
    expect(alert?.evaluation.notification.subscriptions).toEqual(told.map((destination_id) => ({ destination_id })));
  });

  it("belongs to a group where one is named: what is made here, and by the job's parameter every table", () => {
    const make = (owner?: string) =>
      synth(makePipeline({ environment: makeEnvironment({ warehouse: { create: true }, owner }) }).stack);
    const owners = ({ resources }: ReturnType<typeof make>) =>
      Object.entries(resources).flatMap(([type, all]) =>
        Object.values(all).flatMap(({ owner }) => (owner === undefined ? [] : [`${type} ${owner}`])),
      );
    const { databricks_schema: schemas, databricks_volume: volumes } = ALWAYS;
    expect(owners(make("team")).sort()).toEqual([
      "databricks_catalog team",
      ...Array(schemas).fill("databricks_schema team"),
      "databricks_sql_table team",
      ...Array(volumes).fill("databricks_volume team"),
    ]);
    expect(make("team").only("databricks_job")["parameter"]).toContainEqual({ name: "owner", default: "team" });
    expect(owners(make())).toEqual([]);
    expect(make("account users").annotations.filter((text) => text.includes("ownership")).length).toBeGreaterThan(7);
  });

  it("takes no text of config into an expression beside its destinations", () => {
    const notifications = { webhooks: ['a", file("x"), "'], destinations: { desk: { email: ["a@example.com"] } } };
    expect(() => makePipeline({ environment: makeEnvironment({ notifications }) })).toThrow(
      /is no id of a notification/,
    );
  });

  it("forgets the registry table of each of two pipelines", () => {
    const stack = newStack();
    for (const name of ["a", "b"]) {
      const environment = makeEnvironment({
        name,
        catalog: { name: `c_${name}` },
        compute: { kind: "serverless" },
      });
      const paths = { wheel: fakeWheel(), templates: fakeTemplates() };
      new MedallionPipeline(stack, name, { document: makeDocument(), environment, ...paths });
    }
    expect(synth(stack).json["removed"]).toHaveLength(2);
  });

  it("makes everything in production", () => {
    const environment = makeEnvironment({
      mode: "production",
      warehouse: { create: true },
      runAs: { servicePrincipal: SERVICE },
      roles: { reader: ["analysts"], operator: ["operators"] },
      notifications: { onFailure: ["oncall@example.com"] },
    });
    const { stack } = makePipeline({ environment });
    const { counts, only } = synth(stack);
    expect(counts).toEqual({
      ...ALWAYS,
      databricks_catalog: 1,
      databricks_cluster_policy: 1,
      databricks_sql_endpoint: 1,
      databricks_sql_table: 1,
      databricks_grant: 13,
      databricks_permissions: 4,
      databricks_alert_v2: 4,
    });
    expect(only("databricks_job")).toMatchObject({
      run_as: { service_principal_name: SERVICE },
      edit_mode: "UI_LOCKED",
      name: "shop-test",
    });
  });

  it("puts a service principal's code into its own home", () => {
    const environment = makeEnvironment({ runAs: { servicePrincipal: SERVICE } });
    const paths = Object.values(synth(makePipeline({ environment }).stack).resources["databricks_notebook"] ?? {}).map(
      ({ path }) => path,
    );
    expect(paths).toContain(`/Users/${SERVICE}/medallion/shop/test/prepare`);
  });

  it("tells notebooks the same as the job, as plain text", () => {
    const { stack } = makePipeline({ environment: makeEnvironment({ compute: { kind: "serverless" } }) });
    const { resources, folder, only } = synth(stack);
    const source = Object.values(resources["databricks_notebook"] ?? {}).find(({ path }) =>
      String(path).endsWith("/bronze"),
    )?.["source"];
    const notebook = readFileSync(join(folder, String(source)), "utf8");
    expect(notebook).toContain('"landing": "main/bronze/landing",');
    expect(notebook).toContain('"pipeline_document": "/Workspace/Shared/medallion/shop/test/pipeline.json",');
    expect(notebook).toContain(
      "# MAGIC %pip install /Workspace/Shared/medallion/shop/test/medallion_pipelines-0.1.0+0123456789ab-py3-none-any.whl\n",
    );
    const names = (only("databricks_job")["parameter"] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    for (const name of names) expect(notebook).toContain(`    "${name}": "`);
  });

  it("leaves the pip cell out where the cluster brings the library", () => {
    const { folder, resources } = synth(makePipeline().stack);
    const source = Object.values(resources["databricks_notebook"] ?? {})[0]?.["source"];
    expect(readFileSync(join(folder, String(source)), "utf8")).not.toContain("%pip");
  });

  it("is composed into a stack of somebody else, with their catalog and policy", () => {
    const stack = newStack();
    const catalog = new Catalog(stack, "Theirs", { name: "theirs" });
    const clusterPolicy = new ClusterPolicy(stack, "Policy", {
      name: "theirs",
      definition: { node_type_id: { type: "regex", pattern: "m5d\\..*" } },
    });
    const pipeline = new MedallionPipeline(stack, "Pipeline", {
      document: makeDocument(),
      environment: {
        name: "test",
        cloud: "aws",
        mode: "development",
        compute: { kind: "job_cluster" },
      },
      catalog,
      clusterPolicy,
      wheel: fakeWheel(),
      templates: fakeTemplates(),
    });
    const { counts, resources } = synth(stack);
    expect(counts).toMatchObject({ databricks_catalog: 1, databricks_cluster_policy: 1 });
    expect(pipeline.catalog).toBe(catalog);
    for (const { catalog_name } of Object.values(resources["databricks_schema"] ?? {})) {
      expect(catalog_name).toMatch(/^\$\{databricks_catalog\.Theirs\w*\.name\}$/);
    }
  });

  it("is the same, hashes too, every time it is synthesized", () => {
    expect(synth(makePipeline().stack).json).toEqual(synth(makePipeline().stack).json);
  });

  it("keeps what is not modelled within reach", () => {
    const { stack, pipeline } = makePipeline();
    pipeline.job.resource.addOverride("git_source", { url: "https://example.com/x.git" });
    pipeline.code.notebooks.gold.addOverride("format", "SOURCE");
    const { only } = synth(stack);
    expect(only("databricks_job")["git_source"]).toEqual({ url: "https://example.com/x.git" });
    expect(pipeline.job.node.defaultChild).toBe(pipeline.job.resource);
  });
});
