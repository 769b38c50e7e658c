import { JOB_FAULTS } from "../jobs";
import { show } from "../words";
import { cronFault } from "./cron";
import type { EnvironmentFacts, Rule } from "./rule";
import { isTimeZone, TIME_ZONE_RULE } from "./time-zone";

const trigger = ({ env }: EnvironmentFacts): string | undefined => Object.keys(env.job?.trigger ?? {})[0];
const job = ({ written }: EnvironmentFacts): Readonly<Record<string, unknown>> =>
  (written["job"] ?? {}) as Record<string, unknown>;

/** Layout, trigger and loop of the job fit together. */
export const JOB_RULES: readonly Rule[] = [
  ...Object.entries(JOB_FAULTS).map(
    ([key, fault]): Rule => ({
      at: ["job", key],
      // The job of a declarative pipeline has a layout of its own.
      code: "conflicting_keys",
      fault: ({ env, layout }) =>
        key === "trigger" && env.engine === "declarative" ? undefined : fault({ ...env.job, layout }),
    }),
  ),
  {
    at: ["job", "paused"],
    code: "conflicting_keys",
    fault: (facts) =>
      facts.env.job?.paused !== undefined && trigger(facts) === "manual"
        ? "there is no trigger to pause; remove it, or set a trigger"
        : undefined,
  },
  {
    at: ["job", "queue"],
    code: "conflicting_keys",
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
    code: "conflicting_keys",
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
