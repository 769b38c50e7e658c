import { Testing } from "cdktf";
import {
  Catalog,
  CLOUDS,
  JobCluster,
  MedallionPipeline,
  type MedallionPipelineProps,
  PipelineCode,
  type PipelineCodeProps,
  PipelineJob,
  type PipelineJobProps,
  Serverless,
} from "../../../constructs";
import { goldModel, type PipelineDocument, pipelineConfig, topicConfig } from "../../../spec";
import { fakeTemplates, fakeWheel, newStack } from "./synth";

/** A small pipeline: topics by name, and models with what they read. */
export function makeDocument(
  topics: readonly string[] = ["customers", "orders"],
  models: Readonly<Record<string, readonly string[]>> = { order_metrics: ["orders"], totals: ["order_metrics"] },
): PipelineDocument {
  const { name, description, settings } = pipelineConfig.parse({ name: "shop", description: "A shop." });
  return {
    documentVersion: 1,
    name,
    description,
    settings,
    topics: topics.map((topic) => ({
      ...topicConfig.parse({ source: { files: topic }, silver: { mode: "upsert", keys: ["id"], sequenceBy: "at" } }),
      name: topic,
    })),
    gold: Object.entries(models).map(([model, inputs]) =>
      goldModel.parse({
        name: model,
        grain: ["id"],
        needs: inputs.map((input) => ({ input, columns: [{ name: "id", type: "string" }] })),
        sql: "SELECT 1 AS id",
      }),
    ),
  };
}

type EnvironmentInput = MedallionPipelineProps["environment"];

/** A development environment on AWS, with changes. */
export function makeEnvironment(changes: Partial<EnvironmentInput> = {}): EnvironmentInput {
  return {
    name: "test",
    cloud: "aws",
    mode: "development",
    catalog: { name: "main", create: true },
    compute: { kind: "job_cluster" },
    ...changes,
  };
}

/** A whole pipeline in a stack of its own. */
export function makePipeline(props: Partial<MedallionPipelineProps> = {}): {
  stack: ReturnType<typeof newStack>;
  pipeline: MedallionPipeline;
} {
  const environment = props.environment ?? makeEnvironment();
  const stack = newStack({ mode: environment.mode });
  const pipeline = new MedallionPipeline(stack, "Pipeline", {
    document: makeDocument(),
    wheel: fakeWheel(),
    templates: fakeTemplates(),
    ...props,
    environment,
  });
  return { stack, pipeline };
}

/** The code of a pipeline, with changes. */
export function makeCode(stack = newStack(), props: Partial<PipelineCodeProps> = {}): PipelineCode {
  return new PipelineCode(stack, "Code", {
    document: makeDocument(),
    folder: "/Shared/medallion/shop/test",
    defaults: () => ({ catalog: "main" }),
    wheel: fakeWheel(),
    templates: fakeTemplates(),
    ...props,
  });
}

/** A job alone, with changes. */
export function makeJob(props: Partial<PipelineJobProps> = {}, stack = newStack()): PipelineJob {
  const document = props.document ?? makeDocument();
  return new PipelineJob(stack, "Job", {
    name: "job",
    document,
    code: makeCode(stack, { document }),
    compute: new JobCluster(stack, "Cluster", {
      cloud: CLOUDS.aws,
      sparkVersion: "17.3.x-scala2.13",
      tags: { team: "data" },
    }),
    parameters: { action: "run", catalog: "main" },
    landingUrl: "/Volumes/main/bronze/landing",
    tags: { team: "data" },
    ...props,
  });
}

export { Catalog, newStack, Serverless, Testing };
