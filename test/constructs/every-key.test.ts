import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Testing } from "cdktf";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as constructs from "../../constructs";
import * as spec from "../../spec";
import { consumedKeys, documentedKeys, type Mapping } from "./support/every-key";
import { readSchema } from "./support/hostile";
import { fakeWheel, newStack } from "./support/synth";

/** Keys that change no output, and why. */
const SILENT: Readonly<Record<string, string>> = {
  "environment.preset": "only adds rules about the other keys",
};

type Kind = "environment" | "topic" | "pipeline" | "dashboard";
const EXAMPLES: Readonly<Record<Kind, readonly Mapping[]>> = parse(
  readFileSync(join(__dirname, "support/examples.yaml"), "utf8"),
);

const TOPIC = { source: { files: "t" }, silver: { mode: "append" } } as const;
const DOCUMENT = spec.defineDocument({ name: "shop", topics: { a: TOPIC, b: { ...TOPIC, source: { files: "b" } } } });
const dashboards = [boardOf(EXAMPLES.dashboard[0])];
const wheel = fakeWheel();

// cdktf keeps the stack of every token that it makes, which would be half of the time here.
Error.captureStackTrace = () => undefined;

/** What comes of a config: the stack; the pipeline document, all that the Python library gets; the workspace's dashboard. */
const OUTPUTS: Readonly<Record<Kind, (config: Mapping) => string>> = {
  environment: (config) => {
    const { value: environment, faults } = spec.defineEnvironment(config as unknown as spec.EnvironmentInput, DOCUMENT);
    if (environment === undefined) throw new constructs.UserError(faults.join("; "));
    const stack = new constructs.MedallionStack(Testing.app(), environment.name, environment);
    new constructs.MedallionPipeline(stack, "Pipeline", { document: DOCUMENT, environment, dashboards, wheel });
    return Testing.synth(stack);
  },
  topic: (topic) => documentOf({ name: "shop", topics: { t: topic } }),
  pipeline: (pipeline) => documentOf({ ...pipeline, topics: { t: TOPIC } }),
  dashboard: (config) => {
    const stack = newStack();
    new constructs.PipelineDashboard(stack, "Board", {
      definition: boardOf(config),
      schemas: { gold: "main.gold", ops: "main.ops" },
      warehouse: constructs.Warehouse.fromId("w"),
      folder: constructs.WorkspaceFolder.fromPath("/Shared/x"),
    });
    return Testing.synth(stack);
  },
};

function documentOf(input: unknown): string {
  return JSON.stringify(spec.defineDocument(input as spec.DocumentInput));
}

function boardOf(config: unknown): spec.Dashboard {
  const { data, error } = spec.dashboardConfig.safeParse(config);
  if (data === undefined) throw new constructs.UserError(error.message);
  return { name: "board", ...data };
}

describe("every documented key changes an output, or says why not:", () => {
  it.each(Object.keys(EXAMPLES) as Kind[])(
    "%s",
    async (kind) => {
      const consumed = await consumedKeys(EXAMPLES[kind], OUTPUTS[kind]);
      const silent = documentedKeys(readSchema(`${kind}.schema.json`)).filter((key) => !consumed.has(key));
      const allowed = Object.keys(SILENT).filter((name) => name.startsWith(`${kind}.`));
      expect(silent.map((key) => `${kind}.${key}`)).toEqual(allowed);
    },
    180_000,
  );
});
