import { show } from "./words";

/** Layout of the job. */
export type Layout = "staged" | "one_task";

/** Layout of a job: one task on serverless, where every task pays its own cold start. Unknown where the compute is. */
export function layoutOf(layout: Layout | undefined, compute: string | undefined): Layout | undefined {
  if (layout !== undefined || compute === undefined) return layout;
  return compute === "serverless" ? "one_task" : "staged";
}

/** Settings of a job, as far as they are known. */
export interface JobWords {
  /** As {@link layoutOf} says. */
  readonly layout?: Layout;
  readonly taskType?: "notebook" | "python";
  readonly topicsPerTask?: number;
  readonly shards?: number;
  readonly loop?: object;
  /** Has one key, which says what starts the job. */
  readonly trigger?: object;
  readonly timeoutMinutes?: number;
  readonly warnAfterMinutes?: number;
}

type JobFault = (job: JobWords) => string | undefined;

/** A key that means something in the staged layout only. */
const stagedOnly =
  (key: "topicsPerTask" | "shards"): JobFault =>
  (job) =>
    job.layout === "one_task" && (job[key] ?? 1) > 1
      ? "has no effect on layout one_task, where one task does all topics; remove it, or use layout: staged"
      : undefined;

/** Checks of a job by key, for config and for props. */
export const JOB_FAULTS: Readonly<Partial<Record<keyof JobWords, JobFault>>> = {
  taskType: ({ layout, taskType }) =>
    layout === "staged" && taskType === "python"
      ? `found ${show(taskType)} with layout staged; a Python task runs everything in one: use layout: one_task, or taskType: notebook`
      : undefined,
  topicsPerTask: stagedOnly("topicsPerTask"),
  shards: stagedOnly("shards"),
  loop: ({ layout, loop, trigger }) => {
    if (loop === undefined) return undefined;
    if (layout === "staged")
      return "found with layout staged; a loop is one process: use layout: one_task, or a trigger instead of the loop";
    const [by] = Object.keys(trigger ?? {});
    return by === undefined || by === "manual"
      ? undefined
      : `found with trigger ${by}; a loop goes on for ever once started: use trigger: { manual: true }, or remove the loop`;
  },
  trigger: ({ layout, trigger }) =>
    layout === "staged" && trigger !== undefined && "continuous" in trigger
      ? "found continuous with layout staged; a continuous job cannot have tasks that wait for each other: use layout: one_task, or a periodic trigger"
      : undefined,
  warnAfterMinutes: ({ warnAfterMinutes: warn, timeoutMinutes: end }) =>
    warn === undefined || end === undefined || warn < end
      ? undefined
      : `found ${warn}, but a run is stopped after ${end} minutes; allowed: less than timeoutMinutes`,
};
