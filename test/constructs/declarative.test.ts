import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MedallionPipeline } from "../../constructs";
import type { PipelineDocument } from "../../spec";
import { makeDocument, makeEnvironment } from "./support/fixtures";
import { type Attributes, fakeWheel, newStack, synth } from "./support/synth";

const SERVICE = "11111111-2222-3333-4444-555555555555";
type Environment = Partial<ReturnType<typeof makeEnvironment>>;

function declared(environment: Environment = {}, document: PipelineDocument = makeDocument()) {
  const settled = makeEnvironment({ engine: "declarative", compute: { kind: "serverless" }, ...environment });
  const stack = newStack({ mode: settled.mode });
  const pipeline = new MedallionPipeline(stack, "Pipeline", { document, environment: settled, wheel: fakeWheel() });
  return { pipeline, ...synth(stack) };
}

const PRODUCTION: Environment = {
  mode: "production",
  runAs: { servicePrincipal: SERVICE },
  notifications: { onFailure: ["b@example.com", "a@example.com"], webhooks: [] },
  roles: { engineer: ["engineers"], operator: ["operators"] },
};

describe("engine: declarative", () => {
  it("makes a pipeline, the job around it, their four notebooks, and nothing else", () => {
    expect(declared().counts).toEqual({
      databricks_catalog: 1,
      databricks_schema: 4,
      databricks_volume: 2,
      databricks_directory: 1,
      databricks_workspace_file: 2,
      databricks_notebook: 4,
      databricks_pipeline: 1,
      databricks_job: 1,
    });
  });

  it("infers, then updates the pipeline or makes it anew, then finishes whatever happened", () => {
    const tasks = declared().only("databricks_job")["task"] as Attributes[];
    const brief = tasks.map(({ task_key, depends_on, run_if }) => [
      task_key,
      ((depends_on ?? []) as { task_key: string; outcome?: string }[]).map(({ task_key: key, outcome }) =>
        outcome === undefined ? key : `${key} is ${outcome}`,
      ),
      run_if,
    ]);
    expect(brief).toEqual([
      ["finish", ["full_refresh", "update"], "ALL_DONE"],
      ["full_refresh", ["retyped is true"], undefined],
      ["infer", [], undefined],
      ["retyped", ["infer"], undefined],
      ["update", ["retyped is false"], undefined],
    ]);
    const [, refresh, , retyped, update] = tasks;
    const id = expect.stringMatching(/^\$\{databricks_pipeline\.Pipeline_Declarative\w*\.id\}$/);
    expect(update?.["pipeline_task"]).toEqual({ pipeline_id: id, full_refresh: false });
    expect(refresh?.["pipeline_task"]).toEqual({ pipeline_id: id, full_refresh: true });
    expect(retyped?.["condition_task"]).toMatchObject({ left: "{{tasks.infer.values.full_refresh}}", right: "true" });
  });

  it("gives the sources the parameters of the job as settings, without its actions", () => {
    const { only } = declared();
    const settings = only("databricks_pipeline")["configuration"] as Record<string, string>;
    expect(settings).toMatchObject({ "medallion.upserts": "auto_cdc", "spark.sql.session.timeZone": "UTC" });
    const names = (only("databricks_job")["parameter"] as { name: string }[]).map(({ name }) => name);
    expect(Object.keys(settings).filter((name) => !/upserts|spark/.test(name))).toEqual(
      names.filter((name) => !name.startsWith("action")).map((name) => `medallion.${name}`),
    );
  });

  it("hands on what finds new files", () => {
    const parameters = declared({ fileSource: "cloudFiles" }).only("databricks_job")["parameter"];
    expect(parameters).toContainEqual({ name: "file_source", default: "cloudFiles" });
  });

  it("is serverless, or clusters like the job's without its policy", () => {
    expect(declared().only("databricks_pipeline")).toMatchObject({ serverless: true });
    const compute = { kind: "job_cluster", nodeType: "m6gd.xlarge", workers: { min: 1, max: 4 } } as const;
    const pipeline = declared({ compute }).only("databricks_pipeline");
    expect(pipeline).toMatchObject({
      serverless: false,
      edition: "ADVANCED",
      cluster: [{ label: "default", node_type_id: "m6gd.xlarge", autoscale: { min_workers: 1, max_workers: 4 } }],
    });
    expect(JSON.stringify(pipeline)).not.toContain("policy_id");
  });

  it("in production runs as the service, tells who should know, and rejects to be destroyed", () => {
    const { only, resources } = declared(PRODUCTION);
    expect(only("databricks_pipeline")).toMatchObject({
      development: false,
      continuous: false,
      run_as: { service_principal_name: SERVICE },
      lifecycle: { prevent_destroy: true },
      notification: [{ email_recipients: ["a@example.com", "b@example.com"] }],
      event_log: { name: "pipeline_events" },
    });
    const permissions = Object.values(resources["databricks_permissions"] ?? {});
    expect(permissions.find((one) => one["pipeline_id"] !== undefined)?.["access_control"]).toEqual([
      { group_name: "engineers", permission_level: "CAN_VIEW" },
      { group_name: "operators", permission_level: "CAN_RUN" },
    ]);
    const views = Object.values(resources["databricks_grant"] ?? {}).filter(({ privileges }) =>
      (privileges as string[]).includes("CREATE_MATERIALIZED_VIEW"),
    );
    expect(views.map(({ principal }) => principal)).toEqual([SERVICE, SERVICE]);
  });

  it("writes sources that install the library and have no parameters inside", () => {
    const { resources, folder } = declared({ compute: { kind: "job_cluster" } });
    const texts = Object.fromEntries(
      Object.values(resources["databricks_notebook"] ?? {}).map(({ path, source }) => [
        String(path).replace(/^.*\//, ""),
        readFileSync(join(folder, String(source)), "utf8"),
      ]),
    );
    expect(Object.keys(texts).sort()).toEqual(["finish", "gold", "infer", "silver"]);
    for (const name of ["silver", "gold"]) {
      expect(texts[name]).toContain("# MAGIC %pip install /Workspace/");
      expect(texts[name]).toContain("from pyspark import pipelines as dp");
    }
    expect(texts["infer"]).toContain('"schema_bronze": "bronze",');
    expect(texts["infer"]).not.toContain("%pip");
  });

  it("says everything that a document of somebody's own asks in vain", () => {
    const document = makeDocument();
    const [first, second] = document.topics;
    if (first === undefined || second === undefined) throw new Error("two topics are needed");
    const topics = [
      { ...first, silver: { ...first.silver, mode: "history" as const } },
      { ...second, schema: { ...second.schema, compatibility: "full" as const } },
    ];
    expect(() => declared({}, { ...document, topics })).toThrow(
      /topic customers, silver\.mode: keeps no history[\s\S]*topic orders, schema\.compatibility: rejects no versions/,
    );
  });
});
