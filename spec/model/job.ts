import { z } from "zod";
import type { EnvironmentConfig } from "../generated/config-types";
import { text } from "./names";

const schedule = z.strictObject({
  cron: text.describe("Quartz cron: seconds minutes hours day-of-month month day-of-week [year]."),
  timeZone: z.string().default("UTC").describe("Time zone of the schedule."),
});
const periodic = z.strictObject({
  interval: z.number().int().positive().describe("Number of units between two runs."),
  unit: z.enum(["HOURS", "DAYS", "WEEKS"]).describe("Unit of the interval."),
});
const fileArrival = z.strictObject({
  minTimeBetweenTriggersSeconds: z
    .number()
    .int()
    .min(60)
    .default(60)
    .describe("Minimum time between two runs, in seconds."),
});

/** Trigger of the job: exactly one. */
export const triggerConfig = z.union([
  z.strictObject({ manual: z.literal(true).describe("Started by hand or by another system.") }),
  z.strictObject({ schedule: schedule.describe("By cron.") }),
  z.strictObject({ periodic: periodic.describe("A fixed interval.") }),
  z.strictObject({ fileArrival: fileArrival.describe("Arrival of files in the landing volume.") }),
  z.strictObject({
    tableUpdate: z
      .strictObject({
        tables: z.array(text).min(1).describe("Tables, catalog.schema.table."),
        condition: z
          .enum(["any", "all"])
          .default("any")
          .describe("any: one of them changed. all: every one of them changed."),
        minTimeBetweenTriggersSeconds: z
          .number()
          .int()
          .min(60)
          .optional()
          .describe("Minimum time between two runs, in seconds."),
      })
      .describe("Changes of tables."),
  }),
  z.strictObject({ continuous: z.literal(true).describe("Started again as soon as a run ends.") }),
]);
/** Trigger of the job, as it is read. */
export type TriggerConfig = EnvironmentConfig["job"]["trigger"];

/** Definition of `job` in an environment. */
export const jobConfig = z.strictObject({
  layout: z
    .enum(["staged", "one_task"])
    .optional()
    .describe(
      "staged: a task per topic and stage. one_task: all in one process. Default: staged on clusters, one_task on serverless.",
    ),
  taskType: z
    .enum(["notebook", "python"])
    .default("notebook")
    .describe("one_task only: run the notebook or the Python module."),
  topicsPerTask: z.number().int().positive().default(1).describe("staged only: topics that share a task."),
  shards: z
    .number()
    .int()
    .positive()
    .default(1)
    .describe(
      "staged only: number of jobs that share the topics, beyond the limits of one job; the main job starts them.",
    ),
  trigger: triggerConfig.default({ manual: true }).describe("Trigger of the job: exactly one of these keys."),
  paused: z.boolean().optional().describe("true: the trigger is paused. Default: true in development."),
  retries: z.number().int().min(0).default(1).describe("Number of retries of a failed task."),
  timeoutMinutes: z
    .number()
    .int()
    .positive()
    .default(120)
    .describe("Runs longer than this many minutes are cancelled."),
  warnAfterMinutes: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      "Runs longer than this many minutes are reported to the recipients of failures. Default: half of timeoutMinutes.",
    ),
  queue: z.boolean().default(true).describe("A run that starts during another one waits."),
  loop: z
    .strictObject({
      intervalSeconds: z.number().int().positive().default(10).describe("Time between two iterations, in seconds."),
    })
    .optional()
    .describe(
      "one_task with a manual trigger only: the run never ends. Default: a run ends when it has read all available data.",
    ),
});
