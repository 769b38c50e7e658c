import { show } from "../words";
import { cronFault } from "./cron";
import type { EnvironmentFacts, Rule } from "./rule";
import { isTimeZone, TIME_ZONE_RULE } from "./time-zone";

const isLooping = ({ env }: EnvironmentFacts): boolean => env.job?.loop !== undefined;
const trigger = ({ env }: EnvironmentFacts): string | undefined => Object.keys(env.job?.trigger ?? {})[0];
const job = ({ written }: EnvironmentFacts): Readonly<Record<string, unknown>> =>
  (written["job"] ?? {}) as Record<string, unknown>;

/** Layout, trigger and loop of the job fit together. */
export const JOB_RULES: readonly Rule[] = [
  {
    at: ["job", "taskType"],
    fault: (facts) =>
      facts.layout === "staged" && facts.env.job?.taskType === "python"
        ? 'found "python" with layout staged; a Python task runs everything in one: use layout: one_task, or taskType: notebook'
        : undefined,
  },
  {
    at: ["job", "topicsPerTask"],
    fault: (facts) =>
      facts.layout === "one_task" && (facts.env.job?.topicsPerTask ?? 1) > 1
        ? "has no effect on layout one_task, where one task does all topics; remove it, or use layout: staged"
        : undefined,
  },
  {
    at: ["job", "shards"],
    fault: (facts) =>
      facts.layout === "one_task" && (facts.env.job?.shards ?? 1) > 1
        ? "has no effect on layout one_task, where one task does all topics; remove it, or use layout: staged"
        : undefined,
  },
  {
    at: ["job", "loop"],
    fault: (facts) => {
      if (!isLooping(facts)) return undefined;
      if (facts.layout === "staged")
        return "found with layout staged; a loop is one process: use layout: one_task, or a trigger instead of the loop";
      const by = trigger(facts);
      return by === undefined || by === "manual"
        ? undefined
        : `found with trigger ${by}; a loop goes on for ever once started: use trigger: { manual: true }, or remove the loop`;
    },
  },
  {
    at: ["job", "paused"],
    fault: (facts) =>
      facts.env.job?.paused !== undefined && trigger(facts) === "manual"
        ? "there is no trigger to pause; remove it, or set a trigger"
        : undefined,
  },
  {
    at: ["job", "queue"],
    fault: (facts) =>
      trigger(facts) === "continuous" && job(facts)["queue"] === true
        ? "a continuous job has no queue: it starts again by itself; remove the key"
        : undefined,
  },
  {
    at: ["job", "trigger", "schedule", "cron"],
    fault: ({ env }) => {
      const cron = scheduleOf(env.job?.trigger)?.cron;
      const fault = cron === undefined ? undefined : cronFault(cron);
      return fault === undefined ? undefined : `found ${show(cron)}; ${fault}`;
    },
  },
  {
    at: ["job", "trigger", "schedule", "timeZone"],
    fault: ({ env }) => {
      const zone = scheduleOf(env.job?.trigger)?.timeZone;
      return zone === undefined || isTimeZone(zone) ? undefined : `found ${show(zone)}; allowed: ${TIME_ZONE_RULE}`;
    },
  },
  {
    at: ["job", "trigger", "fileArrival"],
    fault: (facts) =>
      trigger(facts) === "fileArrival" && !facts.hasFiles
        ? "no topic reads files, so nothing would ever start the job; use schedule, periodic or continuous"
        : undefined,
  },
];

type Trigger = EnvironmentFacts["env"]["job"] extends infer J
  ? J extends { readonly trigger?: infer T }
    ? T
    : never
  : never;

function scheduleOf(by: Trigger | undefined): { readonly cron?: string; readonly timeZone?: string } | undefined {
  return by !== undefined && "schedule" in by ? by.schedule : undefined;
}
