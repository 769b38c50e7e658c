import { Job, type JobConfig, type JobTask, type JobTaskDependsOn } from "@cdktf/provider-databricks/lib/job";
import type { Notebook } from "@cdktf/provider-databricks/lib/notebook";
import { type ITerraformDependable, type TerraformStack, Token } from "cdktf";
import type { PipelineDocument } from "../../spec";
import { TOPICS_PER_TASK, topicsPerShard } from "./project";

export interface RawJobs {
  readonly document: PipelineDocument;
  readonly notebooks: Readonly<Record<string, Notebook>>;
  readonly wheel: string;
  readonly policyId: string;
  readonly principal: string;
  readonly tags: Record<string, string>;
  readonly after: ITerraformDependable[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** The main job and its shards, as loops over names. */
export function rawJobs(stack: TerraformStack, props: RawJobs): { main: Job; shards: Job[] } {
  const { document, parameters } = props;
  const names = document.topics.map(({ name }) => name);
  const perShard = topicsPerShard(names.length);
  const count = names.length / perShard;
  const common = commonOf(props);
  const runId = "{{job.run_id}}";
  const shards = Array.from({ length: count }, (_, at) => {
    const topics = names.slice(at * perShard, (at + 1) * perShard);
    const groups = Array.from({ length: perShard / TOPICS_PER_TASK }, (_, group) => ({
      number: at * (perShard / TOPICS_PER_TASK) + group + 1,
      topics: topics.slice(group * TOPICS_PER_TASK, (group + 1) * TOPICS_PER_TASK).join(","),
    }));
    const tasks = groups.flatMap((group) => {
      const baseParameters = { run_id: "{{job.parameters.run_id}}", topics: group.topics };
      return [
        work(props, `bronze_group_${group.number}`, "bronze", baseParameters, []),
        work(props, `silver_group_${group.number}`, "silver", baseParameters, [`bronze_group_${group.number}`]),
      ];
    });
    return new Job(stack, `shard-${at}`, {
      ...common,
      name: `bench-bench-shard-${at + 1}`,
      description: `Shard ${at + 1} of ${count} of bench-bench, which starts it. Do not start it by hand.`,
      task: tasks.sort(byKey),
      parameter: parameterBlocks({ ...parameters, run_id: runId }),
      timeoutSeconds: 7200,
    });
  });
  const shardOf = (topic: string) => `shard_${Math.floor(names.indexOf(topic) / perShard) + 1}`;
  const handedOn = Object.fromEntries(Object.keys(parameters).map((name) => [name, `{{job.parameters.${name}}}`]));
  const shardTasks = shards.map((shard, at) => ({
    taskKey: `shard_${at + 1}`,
    dependsOn: [{ taskKey: "prepare" }],
    maxRetries: 0,
    runJobTask: { jobId: Token.asNumber(shard.id), jobParameters: { ...handedOn, run_id: runId } },
  }));
  const models = document.gold.map(({ name, needs }) =>
    work(
      props,
      `gold_${name}`,
      "gold",
      { run_id: runId, models: name },
      [...new Set(needs.map(({ input }) => shardOf(input)))].sort(),
    ),
  );
  const before = [prepareOf(props, runId), ...shardTasks, ...models];
  const awaited = new Set(
    before.flatMap((task) => (task.dependsOn as { taskKey: string }[]).map((one) => one.taskKey)),
  );
  const leaves = before.map(({ taskKey }) => taskKey).filter((key) => !awaited.has(key));
  const finish: JobTask = {
    taskKey: "finish",
    dependsOn: leaves.sort().map((taskKey) => ({ taskKey })),
    runIf: "ALL_DONE",
    maxRetries: 0,
    ...notebook(props, "finish", { run_id: runId }),
  };
  const emails = ["oncall@example.com"];
  const main = new Job(stack, "job", {
    ...common,
    name: "bench-bench",
    description: `Many topics. · ${names.length} topics, ${document.gold.length} gold models, library 0123456789ab`,
    task: [
      {
        taskKey: "is_run",
        dependsOn: [],
        conditionTask: { left: "{{job.parameters.action}}", op: "EQUAL_TO", right: "run" },
      },
      after(work(props, "action", "prepare", { run_id: runId, task: "action" }, []), "false"),
      ...[...before, finish].map((task) => after(task, "true")),
    ].sort(byKey),
    schedule: { quartzCronExpression: "0 0/15 * * * ?", timezoneId: "UTC", pauseStatus: "UNPAUSED" },
    emailNotifications: { onFailure: emails, onDurationWarningThresholdExceeded: emails },
    notificationSettings: { noAlertForSkippedRuns: true, noAlertForCanceledRuns: true },
    parameter: parameterBlocks(parameters),
    timeoutSeconds: 7200,
    health: { rules: [{ metric: "RUN_DURATION_SECONDS", op: "GREATER_THAN", value: 3600 }] },
  });
  return { main, shards };
}

/** The task, with this outcome of `is_run` alone. */
function after(task: JobTask, outcome: "true" | "false"): JobTask {
  const edges = [...(task.dependsOn as JobTaskDependsOn[]), { taskKey: "is_run", outcome }];
  return { ...task, dependsOn: edges.sort((a, b) => (a.taskKey < b.taskKey ? -1 : 1)) };
}

function prepareOf(props: RawJobs, runId: string): JobTask {
  return work(props, "prepare", "prepare", { run_id: runId }, []);
}

function work(
  props: RawJobs,
  taskKey: string,
  name: string,
  baseParameters: Record<string, string>,
  after: readonly string[],
): JobTask {
  return {
    taskKey,
    dependsOn: after.map((key) => ({ taskKey: key })),
    ...notebook(props, name, baseParameters),
    maxRetries: 1,
    minRetryIntervalMillis: 30_000,
    retryOnTimeout: false,
  };
}

function notebook(
  { notebooks, wheel }: RawJobs,
  name: string,
  baseParameters: Record<string, string>,
): Omit<JobTask, "taskKey"> {
  return {
    notebookTask: { notebookPath: notebooks[name]?.path ?? "", source: "WORKSPACE", baseParameters },
    jobClusterKey: "medallion",
    library: [{ whl: wheel }],
  };
}

function commonOf({ policyId, principal, tags, after }: RawJobs): JobConfig {
  return {
    jobCluster: [
      {
        jobClusterKey: "medallion",
        newCluster: {
          sparkVersion: "17.3.x-scala2.13",
          nodeTypeId: "m6gd.xlarge",
          autoscale: { minWorkers: 1, maxWorkers: 4 },
          dataSecurityMode: "SINGLE_USER",
          customTags: tags,
          awsAttributes: { availability: "ON_DEMAND", zoneId: "auto" },
          policyId,
        },
      },
    ],
    maxConcurrentRuns: 1,
    queue: { enabled: true },
    runAs: { servicePrincipalName: principal },
    editMode: "UI_LOCKED",
    tags: { ...tags, library: "0123456789ab" },
    dependsOn: after,
  };
}

function parameterBlocks(parameters: Readonly<Record<string, string>>): JobConfig["parameter"] {
  return Object.entries(parameters).map(([name, value]) => ({ name, default: value }));
}

function byKey(a: JobTask, b: JobTask): number {
  return a.taskKey < b.taskKey ? -1 : 1;
}
