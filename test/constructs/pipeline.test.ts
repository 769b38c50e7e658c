import { readFileSync } from "node:fs";
import { join } from "node:path";
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

  it("makes least where most is adopted", () => {
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
    ["an adopted warehouse", { id: "abc" } as const, false],
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
      databricks_grant: 12,
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
        catalog: { name: "ignored" },
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
