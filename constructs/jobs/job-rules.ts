import { counted, JOB_FAULTS, layoutOf } from "../../spec";
import type { Rule } from "../internal/check";
import { type JobGraph, shardedGraph, widest } from "./graph";
import type { PipelineJobProps } from "./props";

/** Limits of the platform. */
const LIMITS = {
  tasksPerJob: 1000,
  /** Notebooks attached to one cluster at a time. */
  contextsPerCluster: 145,
  /** Of all jobs of a workspace together. */
  runningTasks: 2000,
  /** Tasks that wait for a job that they started, of a workspace. */
  runJobTasks: 750,
  /** Parameters of one notebook task, as JSON. */
  parameterBytes: 10_000,
  webhooks: 3,
} as const;

/** As config would say it. */
const inWords = (props: PipelineJobProps) => ({ ...props, layout: layoutOf(props.layout, props.compute.kind) });
const isStaged = (props: PipelineJobProps) => inWords(props).layout === "staged";
const shardsOf = ({ shards = 1 }: PipelineJobProps) => shards;
const inputOf = ({ document, topicsPerTask = 1, shards = 1 }: PipelineJobProps) => ({
  ...document,
  topicsPerTask: Math.max(1, topicsPerTask),
  shards: Math.max(1, Math.floor(shards)),
});
const graphOf = (props: PipelineJobProps): JobGraph => shardedGraph(inputOf(props));
const taskCount = (props: PipelineJobProps) => {
  const { main, shards } = graphOf(props);
  return Math.max(main.length, ...shards.map((tasks) => tasks.length));
};
/** Notebooks at once on one cluster: job clusters are one per job, an existing one is shared by all. */
const contexts = (props: PipelineJobProps) =>
  props.compute.kind === "existing_cluster" ? runningTasks(props) : widest(inputOf(props));
const runningTasks = (props: PipelineJobProps) => {
  const { topics, gold, topicsPerTask, shards } = inputOf(props);
  return Math.max(Math.ceil(topics.length / topicsPerTask) + (shards === 1 ? gold.length : shards), gold.length);
};
const longestParameters = (props: PipelineJobProps) => {
  const { main, shards } = graphOf(props);
  return Math.max(...[main, ...shards].flat().map(({ parameters }) => JSON.stringify(parameters).length));
};
const remedy = ({ topicsPerTask = 1, compute, shards = 1 }: PipelineJobProps) =>
  `raise topicsPerTask (now ${topicsPerTask})${compute.kind === "existing_cluster" ? "" : ` or shards (now ${shards})`}`;
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
  ...Object.entries(JOB_FAULTS).map(
    ([key, fault]): Rule<PipelineJobProps> => [
      (p) => fault(inWords(p)) !== undefined,
      (p) => `${key}: ${fault(inWords(p))}`,
    ],
  ),
  [(p) => !isWhole(shardsOf(p), 1), (p) => `shards ${p.shards}: a whole number, at least 1`],
  [
    (p) => isStaged(p) && shardsOf(p) > Math.ceil(p.document.topics.length / (p.topicsPerTask ?? 1)),
    (p) => `shards ${p.shards} for ${counted(p.document.topics.length, "topic")}: some would be empty; lower shards`,
  ],
  [
    (p) => isStaged(p) && shardsOf(p) > LIMITS.runJobTasks,
    (p) => `shards ${p.shards}, a workspace waits for at most ${LIMITS.runJobTasks} jobs: raise topicsPerTask instead`,
  ],
  [
    (p) => isStaged(p) && taskCount(p) > LIMITS.tasksPerJob,
    (p) => `${taskCount(p)} tasks, a job has at most ${LIMITS.tasksPerJob}: ${remedy(p)}`,
  ],
  [
    (p) => isStaged(p) && p.compute.kind !== "serverless" && contexts(p) > LIMITS.contextsPerCluster,
    (p) =>
      `up to ${contexts(p)} notebooks at once, a cluster has ${LIMITS.contextsPerCluster} execution contexts: ${remedy(p)}`,
  ],
  [
    (p) => isStaged(p) && runningTasks(p) > LIMITS.runningTasks,
    (p) =>
      `up to ${runningTasks(p)} tasks at once, a workspace runs ${LIMITS.runningTasks}: raise topicsPerTask (now ${p.topicsPerTask ?? 1})`,
  ],
  [
    (p) => isStaged(p) && longestParameters(p) > LIMITS.parameterBytes,
    (p) =>
      `${longestParameters(p)} bytes of parameters in one task, a notebook takes ${LIMITS.parameterBytes}: lower topicsPerTask (now ${p.topicsPerTask ?? 1})`,
  ],
  [
    (p) => isStaged(p) && p.concurrentTasks !== undefined && runningTasks(p) > p.concurrentTasks,
    (p) => `up to ${runningTasks(p)} tasks at once, this workspace runs ${p.concurrentTasks}: use the one_task layout`,
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
