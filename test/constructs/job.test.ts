import { describe, expect, it } from "vitest";
import { CLOUDS, JobCluster, PipelineJob, type PipelineJobProps, Serverless } from "../../constructs";
import { stagedGraph } from "../../constructs/jobs/graph";
import { makeCode, makeDocument, makeJob } from "./support/fixtures";
import { type Attributes, newStack, synth } from "./support/synth";

/** The emitted job. */
function jobOf(props: Partial<PipelineJobProps> = {}): Attributes {
  const stack = newStack();
  makeJob(props, stack);
  return synth(stack).only("databricks_job");
}

const tasksOf = (job: Attributes) => job["task"] as Attributes[];
const onlyTask = (job: Attributes): Attributes => {
  const [task = {}, ...others] = tasksOf(job);
  expect(others).toEqual([]);
  return task;
};
type Edge = { task_key: string; outcome?: string };
/** Tasks that need compute. */
const workOf = (job: Attributes) => tasksOf(job).filter((task) => task["condition_task"] === undefined);
/** What the tasks of a run wait for, beside the task that tells whether it is one. */
const edgesOf = (job: Attributes) =>
  Object.fromEntries(
    workOf(job)
      .filter((task) => task["task_key"] !== "action")
      .map((task) => [
        task["task_key"],
        (task["depends_on"] as Edge[]).flatMap(({ task_key }) => (task_key === "is_run" ? [] : [task_key])),
      ]),
  );

describe("the staged layout", () => {
  it("derives its edges from what reads what, gold over gold too, and emits tasks in order", () => {
    const document = makeDocument(["sales", "customers", "orders"], {
      daily: ["orders", "sales"],
      weekly: ["daily"],
      people: ["customers", "weekly", "orders"],
    });
    const edges = edgesOf(jobOf({ document }));
    expect(edges).toEqual({
      prepare: [],
      bronze_customers: ["prepare"],
      bronze_orders: ["prepare"],
      bronze_sales: ["prepare"],
      silver_customers: ["bronze_customers"],
      silver_orders: ["bronze_orders"],
      silver_sales: ["bronze_sales"],
      gold_daily: ["silver_orders", "silver_sales"],
      gold_weekly: ["gold_daily"],
      gold_people: ["gold_weekly", "silver_customers", "silver_orders"],
      finish: ["gold_people"],
    });
    expect(Object.keys(edges)).toEqual(Object.keys(edges).sort());
  });

  it.each<[string, Partial<PipelineJobProps>]>([
    ["staged", {}],
    ["in groups", { topicsPerTask: 2 }],
    ["in shards", { shards: 2 }],
  ])("starts one task for another action than run: %s", (_, props) => {
    const stack = newStack();
    makeJob(props, stack);
    const all = Object.entries(synth(stack).resources["databricks_job"] ?? {});
    const main = all.find(([id]) => !id.includes("Shard"))?.[1] ?? {};
    const tasks = new Map(tasksOf(main).map((task) => [task["task_key"], task]));
    // It needs no compute, and compares what the run was started with.
    expect(tasks.get("is_run")).toMatchObject({
      depends_on: [],
      condition_task: { left: "{{job.parameters.action}}", op: "EQUAL_TO", right: "run" },
    });
    const started = (isRun: string) =>
      [...tasks.values()].filter((task) => {
        const edge = (task["depends_on"] as Edge[] | undefined)?.find(({ task_key }) => task_key === "is_run");
        expect(edge?.outcome === undefined, String(task["task_key"])).toBe(task["task_key"] === "is_run");
        return edge?.outcome === isRun;
      });
    expect(Object.keys(tasks.get("is_run") ?? {})).not.toContain("job_cluster_key");
    expect(started("false")).toEqual([
      {
        ...tasks.get("prepare"),
        notebook_task: expect.anything(),
        task_key: "action",
        depends_on: [{ task_key: "is_run", outcome: "false" }],
      },
    ]);
    expect(started("true")).toHaveLength(tasks.size - 2);
    // It is a leaf: where it fails, the job fails.
    const awaited = tasksOf(main).flatMap((task) =>
      ((task["depends_on"] ?? []) as Edge[]).map(({ task_key }) => task_key),
    );
    expect(awaited).not.toContain("action");
  });

  it("waits at the end for topics that no model reads", () => {
    expect(edgesOf(jobOf({ document: makeDocument(["a", "b"], {}) }))["finish"]).toEqual(["silver_a", "silver_b"]);
  });

  it("says by widget which topic or model a task handles", () => {
    const parameters = Object.fromEntries(
      workOf(jobOf()).map((task) => [task["task_key"], (task["notebook_task"] as Attributes)["base_parameters"]]),
    );
    const run_id = "{{job.run_id}}";
    expect(parameters).toMatchObject({
      prepare: { run_id },
      bronze_orders: { run_id, topics: "orders" },
      silver_orders: { run_id, topics: "orders" },
      gold_order_metrics: { run_id, models: "order_metrics" },
      finish: { run_id },
    });
  });

  it("runs finish whatever happened, and not twice", () => {
    const finish = tasksOf(jobOf({ retries: 3 })).find((task) => task["task_key"] === "finish");
    expect(finish).toMatchObject({ run_if: "ALL_DONE", max_retries: 0 });
    const others = workOf(jobOf({ retries: 3 })).filter((task) => task["task_key"] !== "finish");
    expect(others.every((task) => task["run_if"] === undefined && task["max_retries"] === 3)).toBe(true);
  });

  it("groups topics", () => {
    const document = makeDocument(["a", "b", "c", "d", "e"], { m: ["a", "e"] });
    const job = jobOf({ document, topicsPerTask: 2 });
    expect(edgesOf(job)).toEqual({
      prepare: [],
      bronze_group_1: ["prepare"],
      bronze_group_2: ["prepare"],
      bronze_group_3: ["prepare"],
      silver_group_1: ["bronze_group_1"],
      silver_group_2: ["bronze_group_2"],
      silver_group_3: ["bronze_group_3"],
      gold_m: ["silver_group_1", "silver_group_3"],
      finish: ["gold_m", "silver_group_2"],
    });
    expect(JSON.stringify(tasksOf(job))).toContain('"topics":"c,d"');
  });

  it("does not depend on the order of its input", () => {
    const names = ["c", "a", "b"].map((name) => ({ name }));
    const forwards = stagedGraph({ topics: names, gold: [], topicsPerTask: 2 });
    expect(stagedGraph({ topics: [...names].reverse(), gold: [], topicsPerTask: 2 })).toEqual(forwards);
  });

  it("gives every task the cluster and the library by reference", () => {
    for (const task of workOf(jobOf())) {
      expect(task["job_cluster_key"]).toBe("medallion");
      expect(task["library"]).toEqual([
        { whl: expect.stringMatching(/^\/Workspace\$\{databricks_workspace_file\.\w+\.path\}$/) },
      ]);
      expect((task["notebook_task"] as Attributes)["notebook_path"]).toMatch(/^\$\{databricks_notebook\.\w+\.path\}$/);
    }
  });
});

describe("shards", () => {
  const document = makeDocument(["a", "b", "c", "d", "e"], { m: ["a", "e"], total: ["m"] });
  const jobs = (props: Partial<PipelineJobProps> = {}) => {
    const stack = newStack();
    makeJob({ document, shards: 2, ...props }, stack);
    const all = Object.entries(synth(stack).resources["databricks_job"] ?? {});
    const find = (name: string) => all.find(([id]) => id.includes(name))?.[1] ?? {};
    const main = all.find(([id]) => !id.includes("Shard"))?.[1] ?? {};
    return { main, first: find("Shard-1"), second: find("Shard-2"), count: all.length };
  };

  it("are jobs of their own, which the main job starts between prepare and gold", () => {
    const { main, first, second, count } = jobs();
    expect(count).toBe(3);
    expect(edgesOf(main)).toEqual({
      prepare: [],
      shard_1: ["prepare"],
      shard_2: ["prepare"],
      gold_m: ["shard_1", "shard_2"],
      gold_total: ["gold_m"],
      finish: ["gold_total"],
    });
    expect(edgesOf(first)).toEqual({ bronze_a: [], bronze_b: [], silver_a: ["bronze_a"], silver_b: ["bronze_b"] });
    expect(Object.keys(edgesOf(second))).toEqual([
      "bronze_c",
      "bronze_d",
      "bronze_e",
      "silver_c",
      "silver_d",
      "silver_e",
    ]);
  });

  it("get the parameters of the main run, and its id, so that finish counts their rows", () => {
    const { main, first } = jobs();
    const run = tasksOf(main).find((task) => task["task_key"] === "shard_1");
    expect(run).toMatchObject({
      max_retries: 0,
      run_job_task: {
        job_id: expect.stringMatching(/^\$\{databricks_job\.\w*Shard-1\w*\.id\}$/),
        job_parameters: {
          action: "{{job.parameters.action}}",
          catalog: "{{job.parameters.catalog}}",
          run_id: "{{job.run_id}}",
        },
      },
    });
    expect(first["parameter"]).toContainEqual({ name: "run_id", default: "{{job.run_id}}" });
    expect(JSON.stringify(tasksOf(first))).toContain('"run_id":"{{job.parameters.run_id}}","topics":"a"');
  });

  it("have no trigger, tell nobody, and run like the main job", () => {
    const { main, first } = jobs({
      trigger: { periodic: { interval: 1, unit: "HOURS" } },
      notifications: { onFailure: ["a@example.com"], webhooks: [] },
      runAs: "1111",
      lockUi: true,
    });
    expect(main["email_notifications"]).toBeDefined();
    expect(first).toMatchObject({ name: "job-shard-1", edit_mode: "UI_LOCKED", max_concurrent_runs: 1 });
    expect(first["run_as"]).toEqual(main["run_as"]);
    for (const key of ["email_notifications", "health", "schedule", "trigger"]) expect(first[key]).toBeUndefined();
  });

  it("carry four thousand topics within every limit", () => {
    const topics = Array.from({ length: 4000 }, (_, at) => `topic_${String(at).padStart(4, "0")}`);
    const big = makeDocument(topics, { one: ["topic_0001"] });
    const { main, first, count } = jobs({ document: big, shards: 8, topicsPerTask: 4 });
    expect(count).toBe(9);
    expect(tasksOf(main)).toHaveLength(13);
    expect(tasksOf(first)).toHaveLength(250);
  });
});

describe("the one task layout", () => {
  const compute = new Serverless();

  it("is the default on serverless: one notebook, the library by its environment", () => {
    const job = jobOf({ compute });
    expect(tasksOf(job)).toEqual([
      {
        task_key: "run_pipeline",
        environment_key: "medallion",
        disable_auto_optimization: true,
        max_retries: 1,
        min_retry_interval_millis: 30000,
        retry_on_timeout: false,
        notebook_task: {
          notebook_path: expect.stringMatching(/^\$\{databricks_notebook\.\w*run_pipeline\w*\.path\}$/),
          source: "WORKSPACE",
          base_parameters: { run_id: "{{job.run_id}}", loop: "false", interval_sec: "10" },
        },
      },
    ]);
    expect(job["environment"]).toMatchObject([{ environment_key: "medallion", spec: { environment_version: "5" } }]);
    expect(job["job_cluster"]).toBeUndefined();
  });

  it("hands the parameters of the job on to a Python task", () => {
    const task = onlyTask(jobOf({ compute, taskType: "python", parameters: { action: "run", schema_bronze: "b" } }));
    expect(task["python_wheel_task"]).toEqual({
      package_name: "medallion_pipelines",
      entry_point: "medallion-run",
      parameters: [
        "--run-id",
        "{{job.run_id}}",
        "--action",
        "{{job.parameters.action}}",
        "--schema-bronze",
        "{{job.parameters.schema_bronze}}",
      ],
    });
  });

  it("loops without a time limit", () => {
    const loop = { intervalSeconds: 30 };
    const notebook = jobOf({ layout: "one_task", loop });
    expect(notebook["timeout_seconds"]).toBeUndefined();
    expect((onlyTask(notebook)["notebook_task"] as Attributes)["base_parameters"]).toMatchObject({
      loop: "true",
      interval_sec: "30",
    });
    const python = onlyTask(jobOf({ layout: "one_task", taskType: "python", loop }));
    expect((python["python_wheel_task"] as { parameters: string[] }).parameters.slice(-3)).toEqual([
      "--loop",
      "--interval",
      "30",
    ]);
  });
});

describe("the job", () => {
  it("is one resource, and its main child", () => {
    const job = makeJob();
    expect(job.node.defaultChild).toBe(job.resource);
    expect(job.node.children).toHaveLength(1);
  });

  it("runs once at a time, waits, stops after a while, and has its parameters", () => {
    expect(jobOf({ timeoutMinutes: 30, parameters: { action: "run", catalog: "main" } })).toMatchObject({
      max_concurrent_runs: 1,
      queue: { enabled: true },
      timeout_seconds: 1800,
      parameter: [
        { name: "action", default: "run" },
        { name: "catalog", default: "main" },
      ],
      tags: { team: "data" },
    });
  });

  it.each([
    [{ manual: true }, {}],
    [
      { schedule: { cron: "0 0 6 * * ?", timeZone: "UTC" } },
      { schedule: { quartz_cron_expression: "0 0 6 * * ?", timezone_id: "UTC", pause_status: "PAUSED" } },
    ],
    [
      { periodic: { interval: 2, unit: "HOURS" } },
      { trigger: { periodic: { interval: 2, unit: "HOURS" }, pause_status: "PAUSED" } },
    ],
    [
      { fileArrival: { minTimeBetweenTriggersSeconds: 90 } },
      {
        trigger: {
          file_arrival: {
            url: "/Volumes/main/bronze/landing/",
            min_time_between_triggers_seconds: 90,
            wait_after_last_change_seconds: 60,
          },
          pause_status: "PAUSED",
        },
      },
    ],
    [
      { tableUpdate: { tables: ["c.s.z", "c.s.a"] } },
      {
        trigger: {
          table_update: { table_names: ["c.s.a", "c.s.z"], condition: "ANY_UPDATED" },
          pause_status: "PAUSED",
        },
      },
    ],
    [{ continuous: true }, { continuous: { pause_status: "PAUSED" } }],
  ] as [PipelineJobProps["trigger"], Attributes][])("is started by %j", (trigger, expected) => {
    const { schedule, trigger: emitted, continuous } = jobOf({ trigger, paused: true, layout: "one_task" });
    expect(JSON.parse(JSON.stringify({ schedule, trigger: emitted, continuous }))).toEqual(expected);
  });

  it("is not retried by us when it is continuous", () => {
    const task = onlyTask(jobOf({ trigger: { continuous: true }, layout: "one_task" }));
    expect(task["max_retries"]).toBeUndefined();
  });

  it("tells who is to be told", () => {
    const job = jobOf({ notifications: { onFailure: ["b@example.com", "a@example.com"], webhooks: ["1234"] } });
    expect(job["email_notifications"]).toMatchObject({ on_failure: ["a@example.com", "b@example.com"] });
    expect(job["webhook_notifications"]).toMatchObject({ on_failure: [{ id: "1234" }] });
    expect(jobOf()["email_notifications"]).toBeUndefined();
  });

  it("runs as a service principal and is locked, where that is asked", () => {
    expect(jobOf({ runAs: "1111", lockUi: true })).toMatchObject({
      run_as: { service_principal_name: "1111" },
      edit_mode: "UI_LOCKED",
    });
  });

  it("keeps a thousand topics in the limits by groups", () => {
    const topics = Array.from({ length: 1000 }, (_, at) => `topic_${at}`);
    const stack = newStack();
    const document = makeDocument(topics, { one: ["topic_1"] });
    const compute = new JobCluster(stack, "Cluster", { cloud: CLOUDS.aws, sparkVersion: "17.3.x-scala2.13" });
    const job = new PipelineJob(stack, "Job", {
      name: "job",
      document,
      code: makeCode(stack, { document }),
      compute,
      parameters: {},
      landingUrl: "/Volumes/a/b/c",
      topicsPerTask: 10,
    });
    expect((job.resource.taskInput as unknown[]).length).toBe(205);
  });
});
