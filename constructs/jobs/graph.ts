import type { GoldModel } from "../../spec";
import type { NotebookName } from "../code/pipeline-code";

/** A task before compute, retries and paths are added: what runs, with what, after what. */
export interface TaskSpec {
  readonly key: string;
  /** Work of the task: a notebook, the shard of that number (from 0), or nothing but a comparison of two values. */
  readonly runs: NotebookName | number | Comparison;
  readonly parameters: Readonly<Record<string, string>>;
  /** Keys of the tasks before this one, sorted. */
  readonly dependsOn: readonly string[];
  /** The outcome of `is_run` with which it runs, in a job that has that task. @default - it runs with any */
  readonly when?: "true" | "false";
  /** Runs whatever became of the tasks before it. */
  readonly always?: boolean;
}

/** A condition task: needs no compute. */
export interface Comparison {
  readonly left: string;
  readonly right: string;
}

export interface GraphInput {
  readonly topics: readonly { readonly name: string }[];
  readonly gold: readonly Pick<GoldModel, "name" | "needs">[];
  readonly topicsPerTask: number;
  /** Jobs that share the topics; 1 for no shards. */
  readonly shards?: number;
}

/** The tasks of a main job, and those of each of its shards. */
export interface JobGraph {
  readonly main: readonly TaskSpec[];
  readonly shards: readonly (readonly TaskSpec[])[];
}

/** The platform fills it in when a run starts. */
export const RUN_ID = "{{job.run_id}}";
/** In a shard: the id of the run that started it, by which all of its rows are found. */
const PARENT_RUN_ID = "{{job.parameters.run_id}}";

/** Key of the task that tells a run from another action of the job. */
export const IS_RUN = "is_run";

/**
 * The staged layout: prepare, a bronze and a silver task per topic (or group of topics), a task per gold model after
 * what it reads, and finish after everything. Another action than `run` starts one task, which carries it out.
 */
export function stagedGraph(input: GraphInput): TaskSpec[] {
  const groups = groupTopics(namesOf(input.topics), input.topicsPerTask);
  const silverOf = keyByTopic(groups, ({ key }) => `silver_${key}`);
  return whole([...stage(groups, "bronze", RUN_ID), ...stage(groups, "silver", RUN_ID)], silverOf, input.gold);
}

/**
 * The staged layout over several jobs: the main one has a task per shard instead of bronze and silver; each
 * shard is a job with the bronze and silver tasks of its topics.
 */
export function shardedGraph(input: GraphInput): JobGraph {
  if ((input.shards ?? 1) === 1) return { main: stagedGraph(input), shards: [] };
  const shards = split(groupTopics(namesOf(input.topics), input.topicsPerTask), input.shards ?? 1);
  const shardTasks = shards.map(
    (_, at): TaskSpec => ({ key: `shard_${at + 1}`, runs: at, parameters: {}, dependsOn: ["prepare"] }),
  );
  const shardOf = new Map(shards.flatMap((groups, at) => [...keyByTopic(groups, () => `shard_${at + 1}`)]));
  return {
    main: whole(shardTasks, shardOf, input.gold),
    shards: shards.map((groups) =>
      sorted([...stage(groups, "bronze", PARENT_RUN_ID), ...stage(groups, "silver", PARENT_RUN_ID)]).map(
        // prepare has run in the main job.
        (task) => (task.runs === "bronze" ? { ...task, dependsOn: [] } : task),
      ),
    ),
  };
}

/** Largest number of tasks that can run at the same time in one job of this graph: one per topic group, and one per model. */
export function widest({ topics, gold, topicsPerTask, shards = 1 }: GraphInput): number {
  const groups = Math.ceil(topics.length / topicsPerTask);
  return shards === 1 ? groups + gold.length : Math.max(Math.ceil(groups / shards), gold.length);
}

/**
 * prepare, the work on topics, the models after what they read, and finish after everything; and beside them the one task of
 * every other action. Each task of a run waits for `is_run` itself: what becomes of a task whose forerunners were all left
 * out is not relied upon. The task of an action is a leaf, so its failure is that of the job.
 */
function whole(
  topicTasks: readonly TaskSpec[],
  taskOf: ReadonlyMap<string, string>,
  gold: GraphInput["gold"],
): TaskSpec[] {
  const models = gold.map(({ name, needs }) => ({
    key: `gold_${name}`,
    runs: "gold" as const,
    parameters: { run_id: RUN_ID, models: name },
    dependsOn: sortedUnique(needs.map(({ input }) => taskOf.get(input) ?? `gold_${input}`)),
  }));
  const work: TaskSpec[] = [
    { key: "prepare", runs: "prepare", parameters: { run_id: RUN_ID }, dependsOn: [] },
    ...topicTasks,
    ...models,
  ];
  const finish: TaskSpec = {
    key: "finish",
    runs: "finish",
    parameters: { run_id: RUN_ID },
    dependsOn: leaves(work),
    always: true,
  };
  const comparison = { left: "{{job.parameters.action}}", right: "run" };
  return sorted([
    { key: IS_RUN, runs: comparison, parameters: {}, dependsOn: [] },
    { key: "action", runs: "prepare", parameters: { run_id: RUN_ID, task: "action" }, dependsOn: [], when: "false" },
    ...[...work, finish].map((task): TaskSpec => ({ ...task, when: "true" })),
  ]);
}

function stage(groups: readonly Group[], name: "bronze" | "silver", runId: string): TaskSpec[] {
  return groups.map(({ key, topics }) => ({
    key: `${name}_${key}`,
    runs: name,
    parameters: { run_id: runId, topics: topics.join(",") },
    dependsOn: [name === "bronze" ? "prepare" : `bronze_${key}`],
  }));
}

interface Group {
  readonly key: string;
  readonly topics: readonly string[];
}

function groupTopics(topics: readonly string[], size: number): Group[] {
  if (size === 1) return topics.map((topic) => ({ key: topic, topics: [topic] }));
  const count = Math.ceil(topics.length / size);
  return Array.from({ length: count }, (_, at) => ({
    key: `group_${at + 1}`,
    topics: topics.slice(at * size, (at + 1) * size),
  }));
}

/** Cuts a list into a number of parts of nearly the same length, in order. */
function split<T>(items: readonly T[], parts: number): T[][] {
  return Array.from({ length: parts }, (_, at) =>
    items.slice(Math.floor((at * items.length) / parts), Math.floor(((at + 1) * items.length) / parts)),
  );
}

function keyByTopic(groups: readonly Group[], key: (group: Group) => string): Map<string, string> {
  return new Map(groups.flatMap((group) => group.topics.map((topic) => [topic, key(group)] as const)));
}

function namesOf(topics: GraphInput["topics"]): string[] {
  return topics.map(({ name }) => name).sort();
}

function sorted(tasks: TaskSpec[]): TaskSpec[] {
  return tasks.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Tasks that no other task waits for: everything is done when they are. */
function leaves(tasks: readonly TaskSpec[]): string[] {
  const awaited = new Set(tasks.flatMap((task) => task.dependsOn));
  return tasks
    .map((task) => task.key)
    .filter((key) => !awaited.has(key))
    .sort();
}

function sortedUnique(keys: readonly string[]): string[] {
  return [...new Set(keys)].sort();
}
