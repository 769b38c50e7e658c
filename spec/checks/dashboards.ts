import type { ConfigFaultCode } from "../fault-codes";
import type { DashboardConfig, WidgetConfig } from "../model/dashboard";
import { NAME, NAME_RULE } from "../model/names";
import type { Checked, Known, Report } from "../reading/checked";
import { scanSql } from "../reading/sql-text";
import { didYouMean, show } from "../words";

/** Tables of the ops schema that dashboards may read. */
const OPS_TABLES = ["quality", "run_log", "schema_drift", "schema_registry"];
const SCHEMAS = ["gold", "ops"];

/** Checks dashboards beyond their schema: their SQL, and that widgets show columns of their datasets. */
export function checkDashboards(dashboards: readonly Checked<DashboardConfig>[], models: readonly string[]): void {
  for (const { stem, known, report } of dashboards) {
    if (!NAME.test(stem))
      report([], `a dashboard may not be named ${show(stem)}: allowed: ${NAME_RULE}`, "reserved_name");
    const datasets = Object.entries(known.datasets ?? {});
    for (const [dataset, sql = ""] of datasets)
      checkSql(sql, models, (message, code) => report(["datasets", dataset], message, code));
    const used = new Set((known.widgets ?? []).map((widget) => widget.dataset));
    // Without sound widgets nothing can be said about what they use.
    const complete = known.widgets !== undefined && known.widgets.length > 0 && !used.has(undefined);
    for (const [dataset] of complete ? datasets : []) {
      if (!used.has(dataset)) report(["datasets", dataset], "no widget shows it; show it, or remove it", "unused");
    }
    checkWidgets(known, report);
  }
}

type ReportSql = (message: string, code: ConfigFaultCode) => void;

function checkSql(sql: string, models: readonly string[], report: ReportSql): void {
  const { statements, faults } = scanSql(sql);
  const [select, second] = statements;
  if (faults[0] !== undefined) report(faults[0].message, "invalid_sql");
  else if (select === undefined) report("there is only a comment; allowed: one SELECT", "invalid_sql");
  else if (!/^(select|with)\b/i.test(select.text))
    report("it is one SELECT: it starts with SELECT or WITH", "invalid_sql");
  else if (second !== undefined) report("more than one statement; allowed: one SELECT", "invalid_sql");
  else checkTables(select.text, models, report);
}

function checkTables(sql: string, models: readonly string[], report: ReportSql): void {
  const known: Readonly<Record<string, readonly string[]>> = { gold: models, ops: OPS_TABLES };
  const found = [...sql.matchAll(/\{\s*([^{}]*?)\s*\}(?:\.`?(\w+)`?)?/g)];
  for (const [, schema = "", table] of found) {
    const tables = known[schema];
    if (tables === undefined)
      report(
        `found {${schema}}${didYouMean(schema, SCHEMAS)} allowed: ${SCHEMAS.map((word) => `{${word}}`).join(", ")}`,
        "unknown_name",
      );
    else if (table === undefined)
      report(`{${schema}} stands for a schema; a table follows it: {${schema}}.${tables[0]}`, "invalid_sql");
    else if (!tables.includes(table)) {
      const allowed = tables.length === 0 ? "none, there are no gold models" : tables.join(", ");
      report(`{${schema}} has no table ${show(table)}${didYouMean(table, tables)} allowed: ${allowed}`, "unknown_name");
    }
  }
  if (found.length === 0)
    report("reads no table of the pipeline; name one by its schema: FROM {gold}.daily_kpis", "unknown_name");
}

function checkWidgets({ datasets, widgets }: Known<DashboardConfig>, report: Report): void {
  const names = Object.keys(datasets ?? {});
  const titles = new Set<string>();
  for (const [index, widget] of (widgets ?? []).entries()) {
    if (widget.title !== undefined && titles.has(widget.title))
      report(
        ["widgets", index, "title"],
        `${show(widget.title)} stands here twice; each widget has its own`,
        "duplicate",
      );
    if (widget.title !== undefined) titles.add(widget.title);
    const { dataset } = widget;
    if (dataset === undefined || datasets === undefined) continue;
    const sql = datasets[dataset];
    if (sql === undefined) {
      const allowed = names.length === 0 ? "none, there are no datasets" : names.join(", ");
      report(
        ["widgets", index, "dataset"],
        `found ${show(dataset)}${didYouMean(dataset, names)} allowed: ${allowed}`,
        "unknown_name",
      );
      continue;
    }
    for (const [path, column] of columnsOf(widget)) {
      if (!mentions(sql, column))
        report(
          ["widgets", index, ...path],
          `dataset ${dataset} has no column ${show(column)}; its SELECT does not name it`,
          "unknown_name",
        );
    }
    const shown = columnsOf(widget).map(([, column]) => column);
    for (const column of Object.keys(("labels" in widget ? widget.labels : undefined) ?? {})) {
      if (shown.length > 0 && !shown.includes(column))
        report(
          ["widgets", index, "labels", column],
          `labels a column that is not shown; allowed: ${shown.join(", ")}`,
          "unknown_name",
        );
    }
  }
}

type ColumnAt = readonly [path: readonly (string | number)[], column: string];

/** The columns that a widget shows, with their positions. */
function columnsOf(widget: Known<WidgetConfig>): ColumnAt[] {
  const list = (key: string, columns: readonly (string | undefined)[] = []): ColumnAt[] =>
    columns.flatMap((column, at) => (column === undefined ? [] : [[[key, at], column] as const]));
  const one = (key: string, column: string | undefined): ColumnAt[] => (column === undefined ? [] : [[[key], column]]);
  switch (widget.kind) {
    case "counter":
      return one("value", widget.value);
    case "line":
    case "bar":
      return [...one("x", widget.x), ...list("y", widget.y)];
    case "table":
      return list("columns", widget.columns);
    default:
      return [];
  }
}

/** Return whether a SELECT can have a column, as far as that can be seen without Spark: it names it, or it selects a star. */
function mentions(sql: string, column: string): boolean {
  if (/(^|[\s,.(])\*(\s|,|$)/.test(sql)) return true;
  const escaped = column.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(^|[^\\w])${escaped}($|[^\\w])`, "i").test(sql);
}
