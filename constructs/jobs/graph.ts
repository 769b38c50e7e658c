import type { GoldModel } from "../../spec";
import type { NotebookName } from "../code/pipeline-code";

/** A task before compute, retries and paths are added: what runs, with what, after what. */
export interface TaskSpec {
  readonly key: string;
  readonly notebook: NotebookName;
  readonly parameters: Readonly<Record<string, string>>;
  /** Keys of the tasks before this one, sorted. */
  readonly after: readonly string[];
  /** Runs whatever became of the tasks before it. */
  readonly always?: boolean;
}

export interface GraphInput {
  readonly topics: readonly { readonly name: string }[];
  readonly gold: readonly Pick<GoldModel, "name" | "needs">[];
  readonly topicsPerTask: number;
}

/** The platform fills it in when a run starts. */
export const RUN_ID = "{{job.run_id}}";

/**
 * The staged layout: prepare, a bronze and a silver task per topic (or group of topics), a task per gold model after
 * what it reads, and finish after everything.
 */
export function stagedGraph({ topics, gold, topicsPerTask }: GraphInput): TaskSpec[] {
  const groups = groupTopics(topics.map(({ name }) => name).sort(), topicsPerTask);
  const stage = (stageName: "bronze" | "silver", after: (group: Group) => string): TaskSpec[] =>
    groups.map((group) => ({
      key: `${stageName}_${group.key}`,
      notebook: stageName,
      parameters: { run_id: RUN_ID, topics: group.topics.join(",") },
      after: [after(group)],
    }));
  const silverOf = new Map(
    groups.flatMap((group) => group.topics.map((topic) => [topic, `silver_${group.key}`] as const)),
  );
  const models = gold.map(({ name, needs }) => ({
    key: `gold_${name}`,
    notebook: "gold" as const,
    parameters: { run_id: RUN_ID, models: name },
    after: sortedUnique(needs.map(({ input }) => silverOf.get(input) ?? `gold_${input}`)),
  }));
  const work: TaskSpec[] = [
    { key: "prepare", notebook: "prepare", parameters: { run_id: RUN_ID }, after: [] },
    ...stage("bronze", () => "prepare"),
    ...stage("silver", (group) => `bronze_${group.key}`),
    ...models,
  ];
  const finish: TaskSpec = {
    key: "finish",
    notebook: "finish",
    parameters: { run_id: RUN_ID },
    after: leaves(work),
    always: true,
  };
  return [...work, finish].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** How many tasks can run at the same time at most: one per topic group, and one per model. */
export function widest({ topics, gold, topicsPerTask }: GraphInput): number {
  return Math.ceil(topics.length / topicsPerTask) + gold.length;
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

/** Tasks that no other task waits for: everything is done when they are. */
function leaves(tasks: readonly TaskSpec[]): string[] {
  const awaited = new Set(tasks.flatMap((task) => task.after));
  return tasks
    .map((task) => task.key)
    .filter((key) => !awaited.has(key))
    .sort();
}

function sortedUnique(keys: readonly string[]): string[] {
  return [...new Set(keys)].sort();
}
