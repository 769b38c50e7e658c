import { describe, expect, it } from "vitest";
import {
  lakeview,
  MedallionPipeline,
  PipelineAlerts,
  PipelineDashboard,
  Warehouse,
  WorkspaceFolder,
} from "../../constructs";
import { type Dashboard, dashboardConfig, loadProject } from "../../spec";
import { makeDocument, makeEnvironment } from "./support/fixtures";
import { type Attributes, fakeTemplates, fakeWheel, newStack, synth } from "./support/synth";

const SERVICE = "11111111-2222-3333-4444-555555555555";
const SCHEMAS = { gold: "main.gold", ops: "main.ops" };
const KINDS = ["databricks_dashboard", "databricks_alert_v2"] as const;

function makeDashboard(change: object = {}, name = "kpis"): Dashboard {
  const parsed = dashboardConfig.parse({
    title: "KPIs",
    datasets: { days: "SELECT day, orders, revenue FROM {gold}.daily" },
    widgets: [{ kind: "counter", title: "Revenue", dataset: "days", value: "revenue" }],
    ...change,
  });
  return { name, ...parsed };
}

const HEALTH = makeDashboard(
  {
    datasets: { runs: "SELECT count(*) AS runs FROM {ops}.run_log" },
    widgets: [{ kind: "counter", title: "Runs", dataset: "runs", value: "runs" }],
  },
  "health",
);

type Environment = Partial<ReturnType<typeof makeEnvironment>>;

function synthPipeline(environment: Environment, dashboards: readonly Dashboard[] = [makeDashboard(), HEALTH]) {
  const settled = makeEnvironment({ catalog: { name: "main" }, ...environment });
  const stack = newStack({ mode: settled.mode });
  new MedallionPipeline(stack, "Pipeline", {
    document: makeDocument(),
    environment: settled,
    dashboards,
    wheel: fakeWheel(),
    templates: fakeTemplates(),
  });
  return synth(stack);
}

const made = (environment: Environment) => {
  const { counts } = synthPipeline(environment);
  return KINDS.map((kind) => counts[kind] ?? 0);
};

const PRODUCTION: Environment = {
  mode: "production",
  warehouse: { create: true },
  runAs: { servicePrincipal: SERVICE },
  notifications: { onFailure: ["b@example.com", "a@example.com"], webhooks: ["destination"] },
  roles: { reader: ["analysts"], engineer: ["engineers"], operator: ["operators"] },
};

describe("what an environment gets", () => {
  const cases: [string, Environment, number[]][] = [
    ["nothing without a warehouse", {}, [0, 0]],
    ["dashboards in development with a warehouse", { warehouse: { id: "w" } }, [2, 0]],
    ["both in production", PRODUCTION, [2, 4]],
    ["what it switches off", { ...PRODUCTION, observability: { dashboards: false, alerts: false } }, [0, 0]],
    ["what it switches on", { warehouse: { id: "w" }, observability: { alerts: true } }, [2, 4]],
  ];
  it.each(cases)("%s", (_title, environment, counts) => expect(made(environment)).toEqual(counts));

  it("always carries the definitions, for the local report", () => {
    const files = Object.values(synthPipeline({}).resources["databricks_workspace_file"] ?? {});
    expect(files.map(({ path }) => path)).toContain("/Shared/medallion/shop/test/dashboards.json");
  });

  it("carries none where there are none", () => {
    const { counts } = synthPipeline({ warehouse: { id: "w" } }, []);
    expect(counts).toMatchObject({ databricks_workspace_file: 2 });
    expect(counts["databricks_dashboard"]).toBeUndefined();
  });
});

describe("dashboards", () => {
  const { resources } = synthPipeline(PRODUCTION);
  const dashboards = Object.values(resources["databricks_dashboard"] ?? {});
  const permissions = Object.values(resources["databricks_permissions"] ?? {});
  const groups = (of: Attributes | undefined) =>
    ((of?.["access_control"] ?? []) as { group_name?: string }[]).map(({ group_name }) => group_name).filter(Boolean);

  it("are published with the rights of who looks", () => {
    for (const dashboard of dashboards) expect(dashboard).toMatchObject({ embed_credentials: false });
  });

  it("name schemas by reference, so that they are made first", () => {
    const texts = dashboards.map(({ serialized_dashboard }) => String(serialized_dashboard));
    expect(
      texts.some((text) => /FROM main\.\$\{databricks_schema\.Pipeline_Schema-gold_\w+\.name\}\.daily/.test(text)),
    ).toBe(true);
  });

  it("of gold are for readers, of ops for engineers and operators", () => {
    const readers = permissions.filter((one) => one["dashboard_id"] !== undefined).map(groups);
    expect(readers).toEqual(
      expect.arrayContaining([
        ["analysts", "engineers", "operators"],
        ["engineers", "operators"],
      ]),
    );
    expect(readers).toHaveLength(2);
  });

  it("come with the right to use the warehouse that was made for them", () => {
    const warehouse = permissions.find((one) => one["sql_endpoint_id"] !== undefined);
    expect(groups(warehouse)).toEqual(["analysts", "engineers", "operators"]);
    expect(JSON.stringify(warehouse)).toContain(SERVICE);
    const existing = synthPipeline({ ...PRODUCTION, warehouse: { id: "w" } }).resources["databricks_permissions"] ?? {};
    expect(Object.values(existing).filter((one) => one["sql_endpoint_id"] !== undefined)).toEqual([]);
  });
});

describe("Lakeview", () => {
  type Layout = { position: { x: number; y: number; width: number; height: number }; widget: Attributes };
  const layoutOf = (dashboard: Dashboard): Layout[] => JSON.parse(lakeview(dashboard, SCHEMAS)).pages[0].layout;

  it("puts the schemas of the environment into the SQL", () => {
    const { datasets } = JSON.parse(lakeview(makeDashboard(), SCHEMAS));
    expect(datasets).toEqual([
      { name: "days", displayName: "days", queryLines: ["SELECT day, orders, revenue FROM main.gold.daily"] },
    ]);
  });

  it("arranges widgets without overlap and within six columns", () => {
    for (const dashboard of loadProject(`${__dirname}/../..`).dashboards) {
      const taken = new Set<string>();
      for (const { position } of layoutOf(dashboard)) {
        expect(position.x + position.width).toBeLessThanOrEqual(6);
        for (let x = position.x; x < position.x + position.width; x++) {
          for (let y = position.y; y < position.y + position.height; y++) {
            expect(taken.has(`${x},${y}`)).toBe(false);
            taken.add(`${x},${y}`);
          }
        }
      }
    }
  });

  it("asks for exactly the columns that a widget shows, and encodes no other", () => {
    for (const dashboard of loadProject(`${__dirname}/../..`).dashboards) {
      for (const { widget } of layoutOf(dashboard)) {
        if (widget["multilineTextboxSpec"] !== undefined) continue;
        const [query] = widget["queries"] as { query: { datasetName: string; fields: { name: string }[] } }[];
        expect(Object.keys(dashboard.datasets)).toContain(query?.query.datasetName);
        const encoded = [...JSON.stringify(widget["spec"]).matchAll(/"fieldName":"(\w+)"/g)].map(([, name]) => name);
        expect(encoded.sort()).toEqual(query?.query.fields.map(({ name }) => name).sort());
      }
    }
  });

  it.each([
    [
      "stacked bars over time",
      { kind: "bar", x: "day", y: ["orders", "revenue"], time: true, stacked: true },
      {
        widgetType: "bar",
        mark: { layout: "stack" },
        encodings: {
          x: { scale: { type: "temporal" } },
          y: { fields: [{ fieldName: "orders" }, { fieldName: "revenue" }] },
        },
      },
    ],
    [
      "lying bars",
      { kind: "bar", x: "day", y: ["orders"], horizontal: true },
      {
        encodings: { x: { fieldName: "orders" }, y: { fieldName: "day", scale: { type: "categorical" } } },
      },
    ],
    [
      "a percentage",
      { kind: "line", x: "day", y: ["orders"], format: "percent" },
      {
        encodings: { y: { format: { type: "number-percent" } } },
      },
    ],
    [
      "a table with labels",
      { kind: "table", columns: ["day"], labels: { day: "Day" } },
      {
        encodings: { columns: [{ fieldName: "day", displayName: "Day" }] },
      },
    ],
  ])("draws %s", (_title, widget, spec) => {
    const [first] = layoutOf(makeDashboard({ widgets: [{ title: "T", dataset: "days", ...widget }] }));
    expect(first?.widget["spec"]).toMatchObject(spec);
  });

  it("gives what looks like a Terraform template as it stands", () => {
    const stack = newStack();
    const datasets = { days: "SELECT '${x}' AS revenue, '%{ if }' AS y FROM {gold}.daily" };
    new PipelineDashboard(stack, "D", {
      definition: makeDashboard({ datasets }),
      schemas: SCHEMAS,
      warehouse: Warehouse.fromId("w"),
      folder: WorkspaceFolder.fromPath("/Shared/x"),
    });
    const text = String(synth(stack).only("databricks_dashboard")["serialized_dashboard"]);
    expect(text).toContain("'$${x}' AS revenue, '%%{ if }'");
  });
});

describe("alerts", () => {
  const alerts = Object.values(synthPipeline(PRODUCTION).resources["databricks_alert_v2"] ?? {});
  const named = (name: string) => alerts.find(({ display_name }) => display_name === `shop-test: ${name}`) ?? {};

  it("are raised by one figure, and are fine without rows", () => {
    for (const alert of alerts) {
      const { evaluation, query_text } = alert as { evaluation: Attributes; query_text: string };
      const column = String((evaluation["source"] as Attributes)["name"]);
      expect(query_text).toContain(` AS ${column} `);
      expect(evaluation).toMatchObject({ comparison_operator: "GREATER_THAN", empty_result_state: "OK" });
    }
  });

  it.each([
    ["drift", "schema_drift", "full_refresh", 0],
    ["quality", "quality", "action quarantine_batch", 0],
    ["freshness", "run_log", "doctor", 26],
    ["failed runs", "run_log", "action run", 0],
  ])("%s reads %s and names %s", (name, table, action, above) => {
    const alert = named(name);
    expect(alert["query_text"]).toMatch(new RegExp(`\\.${table} `));
    expect(alert["custom_description"]).toContain(action);
    expect(alert["custom_description"]).toMatch(
      /The job: \$\{databricks_job\.Pipeline_Job_Resource_\w+\.url\}$|The job: \$\{databricks_job\.Pipeline_Job_\w+\.url\}$/,
    );
    expect(alert["evaluation"]).toMatchObject({ threshold: { value: { double_value: above } } });
  });

  it("tell who the environment names, as whom the job runs", () => {
    expect(named("drift")).toMatchObject({
      run_as: { service_principal_name: SERVICE },
      evaluation: {
        notification: {
          subscriptions: [
            { user_email: "a@example.com" },
            { user_email: "b@example.com" },
            { destination_id: "destination" },
          ],
        },
      },
      schedule: { quartz_cron_schedule: "0 3 0/1 * * ?", pause_status: "UNPAUSED", timezone_id: "UTC" },
    });
  });

  it("are paused in development", () => {
    const environment: Environment = { warehouse: { id: "w" }, observability: { alerts: true, checkMinutes: 1440 } };
    for (const alert of Object.values(synthPipeline(environment).resources["databricks_alert_v2"] ?? {})) {
      expect(alert).toMatchObject({ schedule: { pause_status: "PAUSED", quartz_cron_schedule: "0 3 0 * * ?" } });
    }
  });

  it("say all that is wrong with their props", () => {
    const props = {
      name: "n",
      ops: "main.ops",
      warehouse: Warehouse.fromId("w"),
      folder: WorkspaceFolder.fromPath("/Shared/x"),
      jobUrl: "u",
    };
    expect(() => new PipelineAlerts(newStack(), "A", { ...props, checkMinutes: 7, freshnessHours: 0 })).toThrow(
      /2 faults[\s\S]*checkMinutes 7: one of 5, 10,[\s\S]*freshnessHours 0: a whole number, at least 1/,
    );
  });

  it("a dashboard says so too", () => {
    const definition = makeDashboard({ widgets: [{ kind: "counter", title: "T", dataset: "lost", value: "x" }] });
    const folder = WorkspaceFolder.fromPath("/Shared/x");
    const props = { definition, schemas: SCHEMAS, warehouse: Warehouse.fromId("w"), folder };
    expect(() => new PipelineDashboard(newStack(), "D", props)).toThrow(/no dataset "lost"; there are: days/);
  });
});
