import { describe } from "vitest";
import { type Case, environment, expectFaults, type Files } from "./cases";

const FILE = "config/dashboards/kpis.yaml";

/** A right dashboard of four lines; `change` replaces lines, more lines follow. */
const dashboard = (change: Readonly<Record<number, string>>, ...more: string[]): Files => {
  const lines = [
    "title: KPIs",
    "datasets: { totals: 'SELECT count(*) AS orders FROM {gold}.per_order' }",
    "widgets:",
    "  - { kind: counter, title: Orders, dataset: totals, value: orders }",
  ];
  return { [FILE]: [...lines.map((line, index) => change[index + 1] ?? line), ...more, ""].join("\n") };
};
const sql = (text: string): Files => dashboard({ 2: `datasets: { totals: ${JSON.stringify(text)} }` });

const CASES: readonly Case[] = [
  ["a right dashboard", dashboard({})],
  ["no dashboards", {}],
  ["one that reads ops", sql("SELECT count(*) AS orders FROM {ops}.run_log")],
  [
    "an unknown kind of widget",
    dashboard({ 4: "  - { kind: gauge, title: Orders, dataset: totals, value: orders }" }),
    `${FILE}:4:13  widgets[0].kind: found "gauge"; allowed: counter, line, bar, table`,
  ],
  [
    "no widgets",
    dashboard({ 3: "widgets: []", 4: "" }),
    `${FILE}:3:10  widgets: found a list; allowed: at least one entry`,
  ],
  [
    "a dataset that is not there",
    dashboard({ 4: "  - { kind: counter, title: Orders, dataset: total, value: orders }" }),
    `${FILE}:2:21  datasets.totals: no widget shows it; show it, or remove it`,
    `${FILE}:4:46  widgets[0].dataset: found "total"; did you mean "totals"? allowed: totals`,
  ],
  [
    "a column that the dataset does not have",
    dashboard({ 4: "  - { kind: bar, title: Orders, dataset: totals, x: day, y: [orders, revenue] }" }),
    `${FILE}:4:53  widgets[0].x: dataset totals has no column "day"; its SELECT does not name it`,
    `${FILE}:4:70  widgets[0].y[1]: dataset totals has no column "revenue"; its SELECT does not name it`,
  ],
  [
    "two widgets of one title",
    dashboard({}, "  - { kind: table, title: Orders, dataset: totals, columns: [orders] }"),
    `${FILE}:5:27  widgets[1].title: "Orders" stands here twice; each widget has its own`,
  ],
  [
    "a label of a column that is not shown",
    dashboard({}, "  - { kind: table, title: All, dataset: totals, columns: [orders], labels: { revenue: money } }"),
    `${FILE}:5:87  widgets[1].labels.revenue: labels a column that is not shown; allowed: orders`,
  ],
  [
    "a width that the page has not",
    dashboard({ 4: "  - { kind: counter, title: Orders, dataset: totals, value: orders, width: 7 }" }),
    `${FILE}:4:76  widgets[0].width: found 7; allowed: a whole number, at most 6`,
  ],
  [
    "a model that is not there",
    sql("SELECT orders FROM {gold}.per_ordr"),
    `${FILE}:2:21  datasets.totals: {gold} has no table "per_ordr"; did you mean "per_order"? allowed: per_order`,
  ],
  [
    "a table that ops has not",
    sql("SELECT orders FROM {ops}.runs"),
    `${FILE}:2:21  datasets.totals: {ops} has no table "runs"; allowed: quality, run_log, schema_drift, schema_registry`,
  ],
  [
    "a schema that dashboards do not read",
    sql("SELECT orders FROM {silver}.orders"),
    `${FILE}:2:21  datasets.totals: found {silver}; allowed: {gold}, {ops}`,
  ],
  [
    "a schema without a table",
    sql("SELECT orders FROM {gold}"),
    `${FILE}:2:21  datasets.totals: {gold} stands for a schema; a table follows it: {gold}.per_order`,
  ],
  [
    "a table outside of the pipeline",
    sql("SELECT orders FROM main.gold.per_order"),
    `${FILE}:2:21  datasets.totals: reads no table of the pipeline; name one by its schema: FROM {gold}.daily_kpis`,
  ],
  [
    "two statements",
    sql("SELECT orders FROM {gold}.per_order; SELECT 1"),
    `${FILE}:2:21  datasets.totals: more than one statement; allowed: one SELECT`,
  ],
  [
    "no SELECT",
    sql("DELETE orders FROM {gold}.per_order"),
    `${FILE}:2:21  datasets.totals: it is one SELECT: it starts with SELECT or WITH`,
  ],
  [
    "text that is never closed",
    sql("SELECT 'orders FROM {gold}.per_order"),
    `${FILE}:2:21  datasets.totals: ' is opened and never closed`,
  ],
  [
    "a name that is none",
    { "config/dashboards/My KPIs.yaml": dashboard({})[FILE] },
    'config/dashboards/My KPIs.yaml:1:1  a dashboard may not be named "My KPIs": allowed: lower case letters, digits and _, a letter first, at most 63 characters',
  ],
  [
    "a file that would not be read",
    { "config/dashboards/kpis.yml": dashboard({})[FILE] },
    "config/dashboards/kpis.yml  is not read; config files end in .yaml",
  ],
  [
    "dashboards and alerts without a warehouse",
    environment(["observability: { dashboards: true, alerts: true }"]),
    "config/environments/dev.yaml:6:30  observability.dashboards: dashboards need a SQL warehouse; set warehouse: { create: true } or { id: … }, or remove the key",
    "config/environments/dev.yaml:6:44  observability.alerts: alerts need a SQL warehouse; set warehouse: { create: true } or { id: … }, or remove the key",
  ],
  [
    "an interval that cron cannot say",
    environment(["observability: { checkMinutes: 7 }"]),
    "config/environments/dev.yaml:6:32  observability.checkMinutes: found 7; allowed: 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440",
  ],
];

describe("what is wrong with a dashboard", () => expectFaults(CASES));
