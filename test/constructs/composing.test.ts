import { Fn } from "cdktf";
import { describe, expect, it } from "vitest";
import { Catalog, MedallionPipeline, type MedallionPipelineProps, Schema, Volume } from "../../constructs";
import { topicConfig } from "../../spec";
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
      ...{ name, mode: "production", catalog: { name: "main" }, runAs: { servicePrincipal: service } },
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
