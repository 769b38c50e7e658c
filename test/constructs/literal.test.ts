import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Schema as SchemaResource } from "@cdktf/provider-databricks/lib/schema";
import { Testing } from "cdktf";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import {
  Catalog,
  MedallionPipeline,
  type MedallionPipelineProps,
  MedallionStack,
  PipelineDashboard,
  Schema,
  UserError,
  Warehouse,
  WorkspaceFolder,
} from "../../constructs";
import { literal } from "../../constructs/internal/literal";
import { ConfigError, type Dashboard, type DocumentInput, dashboardConfig, defineDocument } from "../../spec";
import { makePipeline } from "./support/fixtures";
import { HOSTILE, hostileValues } from "./support/hostile";
import { fakeTemplates, fakeWheel, newStack, synth } from "./support/synth";

type Environment = MedallionPipelineProps["environment"];
type Json = Readonly<Record<string, unknown>>;

const TOPIC = { source: { files: "t" }, silver: { mode: "append" } } as const;
const DATASETS = { main: "SELECT 1 AS n FROM {gold}.t" };
const WIDGET = { kind: "counter", dataset: "main", title: "N", value: "n" } as const;

function dashboardOf({ datasets = {}, ...changes }: Partial<z.input<typeof dashboardConfig>>): Dashboard {
  const board = { title: "Board", widgets: [WIDGET], datasets: { ...DATASETS, ...datasets }, ...changes };
  return { name: "board", ...dashboardConfig.parse(board) };
}

/** Everything that text of config goes into: policy, warehouse, alerts, dashboards, grants. */
function environmentOf(changes: Partial<Environment>): Environment {
  return {
    warehouse: { create: true },
    observability: { alerts: true, dashboards: true },
    roles: { reader: ["readers"], operator: ["operators"] },
    ...changes,
    name: "test",
    cloud: "aws",
    mode: "development",
    catalog: { create: true, ...(changes.catalog ?? { name: "main" }) },
    compute: changes.compute ?? { kind: "job_cluster" },
  };
}

interface Project {
  readonly environment?: unknown;
  readonly topic?: unknown;
  readonly pipeline?: unknown;
  readonly dashboard?: unknown;
}

/** The stack of a project, and its files as one text; undefined where config or constructs reject it. */
function build({ environment = {}, topic = TOPIC, pipeline = {}, dashboard = {} }: Project) {
  try {
    const settled = environmentOf(environment as Partial<Environment>);
    const stack = new MedallionStack(Testing.app(), "test", settled);
    new MedallionPipeline(stack, "Pipeline", {
      document: defineDocument({ ...(pipeline as object), name: "shop", topics: { t: topic } } as DocumentInput),
      environment: settled,
      dashboards: [dashboardOf(dashboard as object)],
      wheel: fakeWheel(),
      templates: fakeTemplates(),
    });
    const { json, folder } = synth(stack);
    return {
      json,
      document: readFileSync(find(folder, "pipeline.json"), "utf8"),
      definitions: find(folder, "dashboards.json"),
    };
  } catch (error) {
    if (error instanceof ConfigError || error instanceof UserError) return undefined;
    throw error;
  }
}

function find(folder: string, name: string): string {
  const [file] = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(name));
  return join(folder, file ?? name);
}

function* texts(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield key;
    yield* texts(inner);
  }
}

/** What of a text Terraform would evaluate, but for plain references and variables. */
function evaluated(text: string): string[] {
  const parts = text
    .replace(/\$\{var\.[a-z][a-z0-9_]*\}/g, "")
    .matchAll(/\$\$\{|%%\{|\$\{(?:data\.)?databricks_\w+\.[\w-]+\.\w+(?:\[0\]\.\w+)?\}|[$%]\{.*/gs);
  return [...parts].map(([part]) => part).filter((part) => !/^(\$\$|%%)\{$|^\$\{(data\.)?databricks_/.test(part));
}

const meant = (text: string) => text.replace(/([$%])\1\{/g, "$1{");
const ESCAPED = literal(HOSTILE);
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

const PROJECTS = (["environment", "topic", "pipeline", "dashboard"] as const).flatMap((kind) =>
  [...hostileValues(`${kind}.schema.json`)].map(
    ([path, values]) => [`${kind}${path}`, values.map((value): Project => ({ [kind]: value }))] as const,
  ),
);

describe("text of config is literal to Terraform", () => {
  // The first form of the text that config takes; a key that takes none lets nothing in.
  const accepted = PROJECTS.flatMap(([path, projects]) => {
    for (const project of projects) {
      const stack = build(project);
      if (stack !== undefined) return [[path, stack] as const];
    }
    return [];
  });

  it("in every text key of every schema", () => {
    const faults = accepted.flatMap(([path, { json }]) =>
      [...texts(json)].flatMap(evaluated).map((part) => `${path}: ${part.slice(0, 40)}`),
    );
    expect(faults).toEqual([]);
  });

  it("and does reach resources, the provider and the backend, as keys and as values", () => {
    const marks = [HOSTILE, HOSTILE.replaceAll("/", "")].map((text) => literal(text).slice(0, -1));
    const reached = accepted
      .filter(([, { json }]) =>
        [...texts(json)].some((text) => marks.some((mark) => text.replaceAll("\\", "").includes(mark))),
      )
      .map(([path]) => path);
    expect(reached).toEqual(
      expect.arrayContaining([
        "environment.description",
        "environment.workspace.profile",
        "environment.catalog.storageRoot",
        "environment.warehouse.id",
        "environment.compute.zone",
        "environment.backend.s3.bucket",
        "environment.import.job",
        "environment.roles.reader[]",
        "environment.tags.*",
        "environment.tags.<key>",
        "environment.notifications.onFailure[]",
        "environment.compute.pool",
        "environment.compute.sparkConf.*",
        "environment.compute.sparkConf.<key>",
        "environment.notifications.webhooks[]",
        "pipeline.description",
        "dashboard.title",
        "dashboard.description",
        "dashboard.datasets.*",
        "dashboard.widgets[].title",
      ]),
    );
  });

  it("while files hold it as it was written", () => {
    const files = new Map<string, string>(accepted.map(([path, { document }]) => [path, document]));
    for (const path of ["topic.description", "pipeline.description", "topic.quality[].expect"]) {
      expect(files.get(path), path).toContain(inJson(HOSTILE));
      expect(files.get(path), path).not.toContain(inJson(ESCAPED));
    }
    const board = accepted.find(([path]) => path === "dashboard.title")?.[1].definitions ?? "";
    expect(readFileSync(board, "utf8")).toContain(JSON.stringify(HOSTILE));
  });

  const terraform = spawnSync("terraform", ["version"]).status === 0;
  it.skipIf(!terraform)("as Terraform itself reads it", () => {
    const folder = mkdtempSync(join(tmpdir(), "medallion-literal-"));
    const hostile = accepted.flatMap(([path, { json }]) =>
      [...texts(json)]
        .filter((text) => text.includes("$${") && !/(?<!\$)\$\{/.test(text))
        .map((text) => [path, text] as const),
    );
    expect(hostile.length).toBeGreaterThan(40);
    const output = Object.fromEntries(hostile.map(([, text], at) => [`o${at}`, { value: { [text]: text } }] as const));
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ output }));
    const run = (...args: string[]) =>
      spawnSync("terraform", [...args, "-no-color"], {
        cwd: folder,
        encoding: "utf8",
        maxBuffer: 1e9,
        env: { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null" },
      });
    const applied = run("apply", "-auto-approve", "-input=false");
    expect(applied.status, applied.stderr).toBe(0);
    const read = JSON.parse(run("output", "-json").stdout) as Record<string, { value: Json }>;
    for (const [at, [path, text]] of hostile.entries())
      expect(read[`o${at}`]?.value, path).toEqual({ [meant(text)]: meant(text) });
  });
});

describe("literal texts", () => {
  it("is the inverse of what Terraform reads, for any text", () => {
    for (const text of [
      "",
      "$",
      "${a}",
      "$${a}",
      "$$${a}",
      "%{a}",
      "%%{a}",
      "%${a}",
      "$%{a}",
      "{a}",
      "$ {a}",
      "${${a}}",
    ])
      expect(meant(literal(text)), text).toBe(text);
  });

  it("keeps references, whole and inside a text", () => {
    const stack = newStack();
    const { reference } = new Catalog(stack, "Catalog", { name: "main" });
    expect(literal({ a: [`x ${reference} \${y}`] })).toEqual({ a: [`x ${reference} $\${y}`] });
    expect(() => literal(`$${reference}`)).toThrow(/put a space between/);
  });

  it("hold for a construct that takes config and stands alone", () => {
    const stack = newStack();
    new PipelineDashboard(stack, "Board", {
      definition: dashboardOf({ title: HOSTILE }),
      schemas: { gold: "main.gold", ops: "main.ops" },
      warehouse: Warehouse.fromId("w"),
      folder: WorkspaceFolder.fromPath("/Shared/x"),
    });
    expect(synth(stack).only("databricks_dashboard")["display_name"]).toBe(ESCAPED);
  });

  it("leave overrides, and resources of others in the stack, to who writes Terraform", () => {
    const { stack, pipeline } = makePipeline();
    pipeline.job.resource.addOverride("description", "${var.description}");
    new SchemaResource(stack, "Theirs", { catalogName: "main", name: "x", comment: "${var.comment}" });
    new Schema(stack, "Ours", { catalog: Catalog.fromName("main"), name: "y" });
    const { resources, only } = synth(stack);
    expect(only("databricks_job")["description"]).toBe("${var.description}");
    expect(Object.values(resources["databricks_schema"] ?? {}).map(({ comment }) => comment)).toContain(
      "${var.comment}",
    );
  });
});
