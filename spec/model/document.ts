import { z } from "zod";
import { type GoldModel, goldModel } from "./gold";
import { name } from "./names";
import { type PipelineConfig, pipelineSettings } from "./pipeline";
import { positions, type Topic, topicConfig } from "./topic";

/** The pipeline document as a schema: generated into JSON Schema, against which both languages check the same fixtures. */
export const pipelineDocument = z.strictObject({
  documentVersion: z.literal(1).describe("Version of this format."),
  name: name.describe("Name of the pipeline."),
  description: z.string().default("").describe("Purpose of the pipeline."),
  settings: pipelineSettings.prefault({}).describe("Settings for all topics and models."),
  topics: z
    .array(topicConfig.extend({ name: name.describe("Name of the topic."), positions: positions.optional() }))
    .describe("Sorted by name."),
  gold: z.array(goldModel).describe("In dependency order, then by name."),
});

/** The pipeline document: what the Python library gets (seam 2). Same words as the YAML, every default filled in. */
export interface PipelineDocument {
  readonly documentVersion: 1;
  readonly name: string;
  readonly description: string;
  readonly settings: PipelineConfig["settings"];
  /** Sorted by name. */
  readonly topics: Topic[];
  /** In dependency order, then by name. */
  readonly gold: GoldModel[];
}
