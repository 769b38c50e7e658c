import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Fn } from "cdktf";
import { describe, expect, it } from "vitest";
import {
  Catalog,
  CLOUDS,
  ClusterPolicy,
  ExistingCluster,
  type ICompute,
  JobCluster,
  MedallionPipeline,
  type MedallionPipelineProps,
  type PipelineEnvironment,
  Schema,
  Serverless,
  Volume,
  Warehouse,
} from "../../constructs";
import { type EnvironmentInput, topicConfig } from "../../spec";
import { makeDocument, makeEnvironment, makePipeline } from "./support/fixtures";
import { fakeTemplates, fakeWheel, newStack, synth } from "./support/synth";

const SERVICE = "11111111-2222-3333-4444-555555555555";
const OTHER = "22222222-2222-3333-4444-555555555555";
type Environment = Partial<MedallionPipelineProps["environment"]>;

const composed = (environment: Environment, document = makeDocument()) => {
  const { stack } = makePipeline({ environment: makeEnvironment(environment), document });
  return synth(stack);
};
const faultsOf = (act: () => unknown): string[] => {
  try {
    act();
  } catch (error) {
    return (error as Error).message.split("\n").slice(1);
  }
  return [];
};

const kafka = (serviceCredential?: string) => ({
  ...makeDocument([], {}),
  topics: [
    {
      ...topicConfig.parse({
        source: { kafka: { topic: "t", bootstrapServers: "b:9092", auth: { serviceCredential } } },
        silver: { mode: "append" },
      }),
      name: "clicks",
    },
  ],
});

describe("an environment in TypeScript keeps the rules of config/environments", () => {
  it.each<[string, Environment, string[]]>([
    [
      "production without anybody",
      { mode: "production" },
      [
        "  - environment.runAs: missing; production runs as a service principal: runAs: { servicePrincipal: <application id> }",
        "  - environment.notifications.onFailure: missing; production tells somebody when it fails: onFailure: [team@example.com]",
      ],
    ],
    [
      "a name that is no application id",
      { runAs: { servicePrincipal: "runner" } },
      [
        '  - environment.runAs.servicePrincipal: found "runner"; allowed: the application id of the service principal (a UUID), not its name',
      ],
    ],
    [
      "words misspelt",
      { mode: "prod", catalog: { nam: "main" } } as unknown as Environment,
      [
        '  - environment.mode: found "prod"; allowed: development, production',
        "  - environment.catalog.name: missing; allowed: text",
        '  - environment.catalog.nam: unknown key; did you mean "name"? allowed: name, create, storageRoot, isolation, workspaces',
      ],
    ],
    [
      "a role of nobody, and somebody twice",
      { roles: { engineer: ["a", "a"] } },
      ['  - environment.roles.engineer[1]: "a" stands here twice; keep one'],
    ],
  ])("%s", (_, environment, faults) => expect(faultsOf(() => composed(environment))).toEqual(faults));

  it("what its topics ask of it too", () => {
    expect(faultsOf(() => composed({}, kafka("msk")))).toEqual([
      '  - environment.serviceCredentials: topic clicks signs in with "msk", which is not set here; add msk: { existing: true }, or say which identity to create it for',
    ]);
  });

  it("but no backend, which is the stack's, and no reference, whose value is known later", () => {
    const later = Fn.lookup({ id: "x" }, "id") as string;
    const environment: Environment = {
      mode: "production",
      runAs: { servicePrincipal: later },
      notifications: { onFailure: [later] },
      warehouse: { id: later },
    };
    expect(faultsOf(() => composed(environment))).toEqual([
      "  - folder: missing; without it code lies in the home of who it runs as, and Terraform knows that name only when it is applied: give a folder such as /Users/<application id>/shop",
    ]);
    const folder = "/Users/00000000-0000-0000-0000-000000000001/shop";
    expect(faultsOf(() => makePipeline({ environment: makeEnvironment(environment), folder }))).toEqual([]);
  });
});

describe("two pipelines in one stack", () => {
  const catalog = Catalog.fromName("main");
  const production = (name: string, service: string): MedallionPipelineProps["environment"] =>
    makeEnvironment({
      ...{ name, mode: "production", catalog: undefined, runAs: { servicePrincipal: service } },
      ...{ roles: { reader: ["analysts"] }, notifications: { onFailure: ["oncall@example.com"] } },
      ...{ warehouse: { id: "w" } },
    });
  const two = (second: (first: MedallionPipeline) => Partial<MedallionPipelineProps>) => {
    const stack = newStack();
    const code = { wheel: fakeWheel(), templates: fakeTemplates(), catalog };
    const first = new MedallionPipeline(stack, "One", {
      ...code,
      document: makeDocument(["orders"], {}),
      environment: production("one", SERVICE),
    });
    const other = new MedallionPipeline(stack, "Two", {
      ...code,
      document: makeDocument(["returns"], {}),
      environment: production("two", OTHER),
      ...second(first),
    });
    return { stack, first, other };
  };
  const ownOps = { ...production("two", OTHER), schemas: { ops: "ops_two" } };

  it("do not meet by accident, and are told of a way", () => {
    const [fault = ""] = faultsOf(() => two(() => ({})));
    expect(fault).toContain('schema "main.bronze" is already declared by test/One/Schema-bronze');
    expect(fault).toContain("MedallionPipeline takes it as schemas: { silver: first.schemas.silver, … }");
  });

  it("share what the first passes on, which alone declares it and grants on it", () => {
    const { stack, first, other } = two(({ schemas: { bronze, silver, gold }, landing }) => ({
      environment: ownOps,
      schemas: { bronze, silver, gold },
      landing,
    }));
    expect(other.schemas.gold).toBe(first.schemas.gold);
    const { counts, resources } = synth(stack);
    expect([counts["databricks_schema"], counts["databricks_volume"], counts["databricks_job"]]).toEqual([5, 3, 2]);
    const granted = Object.values(resources["databricks_grant"] ?? {})
      .filter(({ principal }) => principal === OTHER)
      .map(({ schema, volume }) => String(schema ?? volume));
    expect(granted).toHaveLength(2);
    for (const securable of granted) expect(securable).toMatch(/Two_Schema-ops|Two_Checkpoints/);
    const job = Object.values(resources["databricks_job"] ?? {}).find(({ name }) => name === "shop-two");
    const parameters = job?.["parameter"] as { name: string; default: string }[];
    const told = Object.fromEntries(parameters.map(({ name, default: value }) => [name, value]));
    expect(told["schema_silver"]).toMatch(/^\$\{databricks_schema\.One_Schema-silver_\w+\.name\}$/);
    expect(told["schema_ops"]).toMatch(/^\$\{databricks_schema\.Two_Schema-ops_\w+\.name\}$/);
  });

  it("use schemas that exist already", () => {
    const { stack } = two(() => ({
      environment: ownOps,
      schemas: {
        bronze: Schema.fromName("main.raw"),
        silver: Schema.fromName("main.typed"),
        gold: Schema.fromName("main.metrics"),
      },
      landing: Volume.fromName("main.raw.inbox"),
    }));
    const names = Object.values(synth(stack).resources["databricks_schema"] ?? {}).map(({ name }) => name);
    expect(names.sort()).toEqual(["bronze", "gold", "ops", "ops_two", "silver"]);
  });

  it.each<[string, (first: MedallionPipeline) => Partial<MedallionPipelineProps>, string]>([
    [
      "one table of two topics",
      ({ schemas: { bronze, silver, gold }, landing }) => ({
        document: makeDocument(["orders"], {}),
        environment: ownOps,
        schemas: { bronze, silver, gold },
        landing,
      }),
      'table "main.bronze.orders" is already declared by test/One; there can be one owner only: give one of the two pipelines schemas of its own, or its topics and models other names',
    ],
    [
      "one volume of checkpoints",
      ({ schemas, landing }) => ({ schemas, landing }),
      "checkpoints lie in a schema ops of each pipeline's own",
    ],
    [
      "schemas of another catalog",
      () => ({ environment: ownOps, schemas: { gold: Schema.fromName("other.gold") } }),
      'schemas "other.gold": all four lie in one catalog, which is "main"',
    ],
    [
      "a schema that it would import",
      ({ schemas: { gold } }) => ({
        environment: { ...ownOps, import: { schemas: ["gold"] } },
        schemas: { gold },
      }),
      "environment.import names the schema gold, given as a prop: it is imported where it is declared",
    ],
    [
      "schemas of a developer",
      ({ schemas: { gold } }) => ({
        environment: { ...ownOps, mode: "development" },
        developer: "jane",
        schemas: { gold },
      }),
      'developer "jane" has schemas of their own; schemas would be shared',
    ],
  ])("do not share %s", (_, second, message) => expect(() => two(second)).toThrow(message));
});

/** Every key of `T`, as deep as mappings go; lists and what is given by reference are their own keys. */
type Keys<T, Depth extends unknown[] = []> = T extends readonly unknown[] | string | number | boolean | undefined
  ? never
  : Depth["length"] extends 3
    ? never
    : {
        [K in keyof T & string]: string extends K ? never : K | `${K}.${Keys<NonNullable<T[K]>, [...Depth, 1]>}`;
      }[keyof T & string];
type Missing<A, B> = Exclude<Keys<A>, Keys<B>>;

describe("a pipeline takes things", () => {
  it("and an environment whose interface has exactly the keys of config/environments", () => {
    const lacking: Missing<EnvironmentInput, PipelineEnvironment> extends "backend" | `backend.${string}`
      ? true
      : false = true;
    const invented: Missing<PipelineEnvironment, EnvironmentInput> extends never ? true : false = true;
    expect([lacking, invented]).toEqual([true, true]);
  });

  it.each(["props", "environment"])("whose every prop says what it means, and its default (%s)", (file) => {
    const lines = readFileSync(join(__dirname, "../../constructs/pipeline", `${file}.ts`), "utf8").split("\n");
    const props = lines.flatMap((line, at) =>
      /^\s+readonly \w+\??: [^{]/.test(line) ? [[lines[at - 1] ?? "", line]] : [],
    );
    expect(props.length).toBeGreaterThan(10);
    for (const [doc, prop] of props)
      expect(doc, prop).toMatch(/\?:/.test(prop ?? "") ? /\*\* \S.* @default .*\*\/$/ : /\*\* \S.*\*\/$/);
  });

  const bare = makeEnvironment({
    ...{ catalog: undefined, compute: undefined, runAs: { servicePrincipal: SERVICE } },
    ...{ roles: { reader: ["analysts"] }, observability: { alerts: true } },
  });

  it("instead of making them, and neither changes them nor lets anybody use them", () => {
    const stack = newStack();
    const policy = new ClusterPolicy(stack, "Policy", {
      name: "theirs",
      definition: { node_type_id: { type: "regex", pattern: ".*" } },
    });
    const compute = new JobCluster(stack, "Cluster", {
      ...{ cloud: CLOUDS.aws, sparkVersion: "17.3.x-scala2.13", policy },
    });
    const warehouse = new Warehouse(stack, "Warehouse", { name: "theirs" });
    const pipeline = new MedallionPipeline(stack, "Pipeline", {
      ...{ document: makeDocument(), wheel: fakeWheel(), templates: fakeTemplates(), environment: bare },
      ...{ catalog: Catalog.fromName("main"), landing: Volume.fromName("main.raw.inbox"), warehouse, compute },
    });
    expect([pipeline.warehouse, pipeline.compute]).toEqual([warehouse, compute]);
    const { counts, only, resources } = synth(stack);
    expect([counts["databricks_sql_endpoint"], counts["databricks_cluster_policy"]]).toEqual([1, 1]);
    // A serverless warehouse of theirs makes the registry table, like one that is made here.
    expect(only("databricks_sql_table")["warehouse_id"]).toMatch(/databricks_sql_endpoint\.Warehouse_/);
    for (const alert of Object.values(resources["databricks_alert_v2"] ?? {}))
      expect(alert["warehouse_id"]).toMatch(/databricks_sql_endpoint\.Warehouse_/);
    const allowed = Object.values(resources["databricks_permissions"] ?? {}).flatMap((one) => Object.keys(one));
    expect(allowed.filter((key) => key === "sql_endpoint_id" || key === "cluster_policy_id")).toEqual([]);
  });

  it.each<[string, ICompute, object]>([
    ["serverless", new Serverless({ performanceTarget: "STANDARD" }), { performance_target: "STANDARD" }],
    [
      "a cluster that exists",
      new ExistingCluster("0101-abc"),
      { task: expect.arrayContaining([expect.objectContaining({ existing_cluster_id: "0101-abc" })]) },
    ],
  ])("and runs on %s", (_, compute, job) => {
    const { stack } = makePipeline({
      ...{ environment: bare, catalog: Catalog.fromName("main"), warehouse: Warehouse.fromId("w"), compute },
    });
    expect(synth(stack).only("databricks_job")).toMatchObject(job);
  });

  it("but nothing twice, and not nothing", () => {
    const given = { catalog: Catalog.fromName("main"), compute: new Serverless(), landing: Volume.fromName("a.b.c") };
    const environment = makeEnvironment({
      ...{ catalog: { name: "other" }, landing: { volume: "a.b.d" }, warehouse: { create: true } },
    });
    expect(
      faultsOf(() =>
        makePipeline({
          ...given,
          warehouse: Warehouse.fromId("w"),
          clusterPolicy: ClusterPolicy.fromId("p"),
          environment,
        }),
      ),
    ).toEqual([
      "  - environment.catalog, environment.landing, environment.warehouse, environment.compute: the prop of the same name is used instead; leave one of the two out",
      "  - clusterPolicy: it is for the cluster that is made here; give it to your compute instead",
    ]);
    expect(faultsOf(() => makePipeline({ environment: bare })).join()).toMatch(
      /environment\.catalog: missing.*environment\.compute/s,
    );
  });
});
