import { z } from "zod";
import type { DashboardConfig } from "../generated/config-types";
import { name, text } from "./names";

const common = {
  title: text.describe("Title above it."),
  dataset: name.describe("Name of the dataset that it shows."),
  width: z
    .number()
    .int()
    .min(1)
    .max(6)
    .optional()
    .describe("Columns of the page that it takes, of six. Default: 1 for a counter, 3 for a chart, 6 for a table."),
};

const labels = z
  .record(z.string(), text)
  .default({})
  .describe("Column: what readers call it. Default: its name, with spaces.");

const format = z
  .enum(["number", "decimal", "percent", "text"])
  .default("number")
  .describe("number: whole. decimal: two places. percent: 0.12 is 12 %. text: unchanged.");

const unit = text.optional().describe("Unit of the values, such as EUR or kg. Default: none.");

const series = z.array(text).min(1).describe("Columns of its values; several are shown side by side or stacked.");

export const widgetConfig = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("counter").describe("One number."),
    ...common,
    value: text.describe("Column of the number, from the dataset's first row."),
    format,
    unit,
  }),
  z.strictObject({
    kind: z.literal("line").describe("Values over time."),
    ...common,
    x: text.describe("Column of dates or timestamps."),
    y: series,
    labels,
    format,
    unit,
  }),
  z.strictObject({
    kind: z.literal("bar").describe("Values by category, or by day."),
    ...common,
    x: text.describe("Column of the categories, in the order of the dataset."),
    y: series,
    labels,
    format,
    unit,
    time: z.boolean().default(false).describe("x is a date or timestamp: an axis of time."),
    stacked: z.boolean().default(false).describe("Several columns on top of each other, not side by side."),
    horizontal: z.boolean().default(false).describe("Bars lie: for long names."),
  }),
  z.strictObject({
    kind: z.literal("table").describe("Rows."),
    ...common,
    columns: z.array(text).min(1).describe("Columns, in order."),
    labels,
  }),
]);
/** Widget of a dashboard, as it is read. */
export type WidgetConfig = DashboardConfig["widgets"][number];

/** One file of config/dashboards. The dashboard is named by its file. */
export const dashboardConfig = z.strictObject({
  title: text.describe("Title of the dashboard; the environment is added to it."),
  description: text.optional().describe("Question that the dashboard answers; shown at its top."),
  datasets: z
    .record(name, text)
    .describe(
      "Name: one SELECT. {gold} and {ops} stand for the schemas of the environment: FROM {gold}.daily_kpis. Nothing else may be named.",
    ),
  widgets: z.array(widgetConfig).min(1).describe("From left to right, row by row."),
});
export type { DashboardConfig };
/** Dashboard with the name of its file. */
export type Dashboard = DashboardConfig & { readonly name: string };
