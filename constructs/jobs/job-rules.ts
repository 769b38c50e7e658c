import type { Rule } from "../internal/check";
import { stagedGraph, widest } from "./graph";
import { layoutOf, type PipelineJobProps } from "./pipeline-job";

/** What the platform allows: tasks in a job, and notebooks attached to one cluster at a time. */
export const LIMITS = { tasksPerJob: 1000, contextsPerCluster: 145, webhooks: 3 } as const;

const isStaged = (props: PipelineJobProps) => layoutOf(props) === "staged";
const graphOf = ({ document, topicsPerTask = 1 }: PipelineJobProps) => ({
  ...document,
  topicsPerTask: Math.max(1, topicsPerTask),
});
const taskCount = (props: PipelineJobProps) => stagedGraph(graphOf(props)).length;
const isContinuous = ({ trigger }: PipelineJobProps) => trigger !== undefined && "continuous" in trigger;
const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least;

export const JOB_RULES: readonly Rule<PipelineJobProps>[] = [
  [(p) => p.name.trim() === "", () => "a job needs a name"],
  [(p) => !isWhole(p.topicsPerTask ?? 1, 1), (p) => `topicsPerTask ${p.topicsPerTask}: a whole number, at least 1`],
  [(p) => !isWhole(p.retries ?? 1, 0), (p) => `retries ${p.retries}: a whole number, 0 for none`],
  [
    (p) => !isWhole(p.timeoutMinutes ?? 120, 1),
    (p) => `timeoutMinutes ${p.timeoutMinutes}: a whole number, at least 1`,
  ],
  [
    (p) => p.loop !== undefined && !isWhole(p.loop.intervalSeconds, 1),
    (p) => `loop.intervalSeconds ${p.loop?.intervalSeconds}: a whole number, at least 1`,
  ],
  [
    (p) => isStaged(p) && p.loop !== undefined,
    () => "loop needs the one_task layout: a staged run ends with its last task",
  ],
  [
    (p) => isStaged(p) && p.taskType === "python",
    () => "taskType python needs the one_task layout: staged tasks are notebooks",
  ],
  [
    (p) => !isStaged(p) && (p.topicsPerTask ?? 1) > 1,
    (p) => `topicsPerTask ${p.topicsPerTask} has no meaning in the one_task layout; leave it out`,
  ],
  [
    (p) => isStaged(p) && isContinuous(p),
    () => "a continuous job cannot have tasks that wait for each other: use the one_task layout, or a periodic trigger",
  ],
  [
    (p) => isStaged(p) && taskCount(p) > LIMITS.tasksPerJob,
    (p) =>
      `${taskCount(p)} tasks, a job has at most ${LIMITS.tasksPerJob}: raise topicsPerTask (now ${p.topicsPerTask ?? 1})`,
  ],
  [
    (p) => isStaged(p) && p.compute.kind !== "serverless" && widest(graphOf(p)) > LIMITS.contextsPerCluster,
    (p) =>
      `up to ${widest(graphOf(p))} notebooks at once, a cluster has ${LIMITS.contextsPerCluster} execution contexts: raise topicsPerTask (now ${p.topicsPerTask ?? 1})`,
  ],
  [
    (p) => isStaged(p) && p.concurrentTasks !== undefined && widest(graphOf(p)) > p.concurrentTasks,
    (p) =>
      `up to ${widest(graphOf(p))} tasks at once, this workspace runs ${p.concurrentTasks}: use the one_task layout`,
  ],
  [
    (p) => (p.notifications?.webhooks.length ?? 0) > LIMITS.webhooks,
    (p) => `${p.notifications?.webhooks.length} webhooks, a job tells at most ${LIMITS.webhooks}`,
  ],
  [
    (p) => Object.keys(p.tags ?? {}).length > 25,
    (p) => `${Object.keys(p.tags ?? {}).length} tags, a job has at most 25`,
  ],
];
