import { z } from "zod";
import { days, name, secretRef } from "./names";

/** Address that drifts are posted to. An address that holds a token (Slack, Teams) is a secret. */
const driftWebhook = z.union([
  z.strictObject({
    url: z
      .string()
      .regex(
        /^(https:\/\/\S+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/\S*)?)$/,
        "an address that begins with https:// (http:// for this machine alone, in a local run)",
      )
      .describe("Plain URL, if it contains no secret. https; http only for this machine, in a local run."),
  }),
  z.strictObject({ secret: secretRef.describe("Secret that holds the address.") }),
]);

const opsRetention = z.strictObject({
  runLogDays: days.optional().describe("Events of runs older than this many days are deleted. Default: kept for ever."),
  qualityDays: days
    .optional()
    .describe("Results of quality rules older than this many days are deleted. Default: kept for ever."),
});

export const pipelineSettings = z.strictObject({
  timeZone: z.string().default("UTC").describe("Business time zone, in which the days and weeks of gold begin."),
  examples: z
    .enum(["shapes", "raw"])
    .default("shapes")
    .describe("Form of faulty values in logs, alerts and reports: their shape (`99-aaa`) or the value itself."),
  heartbeatMinutes: z
    .number()
    .int()
    .positive()
    .default(10)
    .describe(
      "Minutes after which a loop without new data logs a run (run_succeeded), which keeps freshness alerts honest.",
    ),
  driftWebhook: driftWebhook
    .optional()
    .describe("Each schema drift is posted there as JSON, once, with retries; it never fails a run. Default: nowhere."),
  retention: opsRetention
    .prefault({})
    .describe("Days for which tables of ops keep their rows; registry and drift stay."),
  compactEvery: z
    .number()
    .int()
    .positive()
    .default(100)
    .describe(
      "Number of versions of a table after which its small files are compacted (OPTIMIZE), as predictive optimization does where it is on.",
    ),
  maxFilesPerTrigger: z
    .number()
    .int()
    .positive()
    .default(1000)
    .describe("Largest number of files in one bronze batch."),
});

/** config/pipeline.yaml */
export const pipelineConfig = z.strictObject({
  name: name.describe("Name of the pipeline; part of resource names and workspace folders."),
  description: z.string().default("").describe("Purpose of the pipeline."),
  settings: pipelineSettings.prefault({}).describe("Settings for all topics, models and environments."),
});
export type { PipelineConfig } from "../generated/config-types";
