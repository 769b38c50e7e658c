import { z } from "zod";
import { name } from "./names";

export const pipelineSettings = z.strictObject({
  timeZone: z.string().default("UTC").describe("Business time zone: the days and weeks of gold are cut in it."),
  examples: z
    .enum(["shapes", "raw"])
    .default("shapes")
    .describe("What logs, alerts and reports show of a faulty value: its shape (`99-aaa`) or the value itself."),
  heartbeatMinutes: z
    .number()
    .int()
    .positive()
    .default(10)
    .describe("A loop without new data writes a sign of life so often, which keeps freshness alerts honest."),
  maxFilesPerTrigger: z.number().int().positive().default(1000).describe("At most so many files in one bronze batch."),
});

/** config/pipeline.yaml */
export const pipelineConfig = z.strictObject({
  name: name.describe("Name of the pipeline; part of resource names and workspace folders."),
  description: z.string().default("").describe("What the pipeline is for."),
  settings: pipelineSettings.prefault({}).describe("What holds for all topics, models and environments."),
});
export type PipelineConfig = z.infer<typeof pipelineConfig>;
