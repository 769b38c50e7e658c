import { createHash } from "node:crypto";
import type { Dashboard, WidgetConfig } from "../../spec";

/** The schemas that stand for `{gold}` and `{ops}`, as SQL names them. */
export type SchemaNames = Readonly<Record<"gold" | "ops", string>>;

/** Columns of a page, and heights in its rows. */
const PAGE_WIDTH = 6;
const WIDTHS: Record<WidgetConfig["kind"], number> = { counter: 1, line: 3, bar: 3, table: 6 };
const HEIGHTS: Record<WidgetConfig["kind"], number> = { counter: 3, line: 6, bar: 6, table: 6 };
const QUERY = "main_query";

type Json = Readonly<Record<string, unknown>>;

/** A dashboard in the JSON of AI/BI dashboards (Lakeview), the same text at every synth. */
export function lakeview(dashboard: Dashboard, schemas: SchemaNames): string {
  const { title, description, datasets, widgets } = dashboard;
  const heading = description === undefined ? [] : [text(`# ${title}\n\n${description}`)];
  return JSON.stringify({
    datasets: Object.entries(datasets).map(([name, sql]) => ({
      name,
      displayName: spaced(name),
      queryLines: lines(withSchemaNames(sql, schemas)),
    })),
    pages: [
      {
        name: id(dashboard.name),
        displayName: title,
        pageType: "PAGE_TYPE_CANVAS",
        layout: [...heading, ...arrange(widgets, heading.length === 0 ? 0 : 2)],
      },
    ],
  });
}

/** SQL with the schemas of an environment in place of `{gold}` and `{ops}`. */
function withSchemaNames(sql: string, schemas: SchemaNames): string {
  return sql.trim().replace(/\{\s*(gold|ops)\s*\}/g, (_match, layer: keyof SchemaNames) => schemas[layer]);
}

/** Widgets from left to right; one that does not fit begins a new row below the tallest of the one before. */
function arrange(widgets: readonly WidgetConfig[], top: number): Json[] {
  let [x, y, tallest] = [0, top, 0];
  return widgets.map((widget) => {
    const width = widget.width ?? WIDTHS[widget.kind];
    const height = HEIGHTS[widget.kind];
    if (x + width > PAGE_WIDTH) [x, y, tallest] = [0, y + tallest, 0];
    const position = { x, y, width, height };
    [x, tallest] = [x + width, Math.max(tallest, height)];
    return { widget: toWidget(widget), position };
  });
}

function toWidget(widget: WidgetConfig): Json {
  const fields = columnsOf(widget).map((column) => ({
    name: column,
    expression: `\`${column.replaceAll("`", "``")}\``,
  }));
  return {
    name: id(widget.title),
    queries: [{ name: QUERY, query: { datasetName: widget.dataset, fields, disaggregated: true } }],
    spec: { ...specOf(widget), frame: { showTitle: true, title: titleOf(widget) } },
  };
}

/** The title with the unit of the values, for which a widget of the platform has no setting. */
function titleOf(widget: WidgetConfig): string {
  return "unit" in widget && widget.unit !== undefined ? `${widget.title} (${widget.unit})` : widget.title;
}

function columnsOf(widget: WidgetConfig): readonly string[] {
  if (widget.kind === "counter") return [widget.value];
  return widget.kind === "table" ? widget.columns : [widget.x, ...widget.y];
}

/** The versions are those that the platform writes for these kinds. */
function specOf(widget: WidgetConfig): Json {
  switch (widget.kind) {
    case "counter":
      return {
        version: 2,
        widgetType: "counter",
        encodings: { value: { fieldName: widget.value, displayName: widget.title, ...numberFormat(widget.format) } },
      };
    case "table":
      return {
        version: 2,
        widgetType: "table",
        encodings: {
          columns: widget.columns.map((column) => ({ fieldName: column, displayName: label(widget, column) })),
        },
      };
    case "line":
      return { version: 3, widgetType: "line", encodings: { x: axis(widget, true), y: values(widget) } };
    case "bar":
      return barSpec(widget);
  }
}

function barSpec(widget: WidgetConfig & { kind: "bar" }): Json {
  const category = axis(widget, widget.time);
  const encodings = widget.horizontal ? { x: values(widget), y: category } : { x: category, y: values(widget) };
  const layout = widget.y.length > 1 ? { mark: { layout: widget.stacked ? "stack" : "group" } } : {};
  return { version: 3, widgetType: "bar", encodings, ...layout };
}

function axis(widget: WidgetConfig & { kind: "line" | "bar" }, time: boolean): Json {
  const horizontal = widget.kind === "bar" && widget.horizontal;
  // Lying bars are drawn from the bottom up: the order of the dataset, largest first, is by value.
  const scale = time
    ? { type: "temporal" }
    : { type: "categorical", ...(horizontal ? { sort: { by: "x-reversed" } } : {}) };
  return { fieldName: widget.x, displayName: label(widget, widget.x), scale };
}

function values(widget: WidgetConfig & { kind: "line" | "bar" }): Json {
  const shown = widget.y.map((column) => ({ fieldName: column, displayName: label(widget, column) }));
  const scale = { type: "quantitative" };
  const [only, second] = shown;
  const which = second === undefined ? { ...only } : { fields: shown };
  return { ...which, scale, ...numberFormat(widget.format) };
}

function numberFormat(format: (WidgetConfig & { kind: "counter" })["format"]): Json {
  const decimals = { number: 0, decimal: 2, percent: 1, text: undefined }[format];
  if (decimals === undefined) return {};
  const type = format === "percent" ? "number-percent" : "number";
  return { format: { type, decimalPlaces: { type: "max", places: decimals } } };
}

function label({ labels }: { readonly labels: Readonly<Record<string, string>> }, column: string): string {
  return labels[column] ?? spaced(column);
}

function spaced(name: string): string {
  return name.replaceAll("_", " ");
}

function text(markdown: string): Json {
  return {
    widget: { name: id(markdown), multilineTextboxSpec: { lines: lines(markdown) } },
    position: { x: 0, y: 0, width: PAGE_WIDTH, height: 2 },
  };
}

/** Each line with its end, as the platform keeps texts. */
function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** Ids of widgets and pages: eight hexadecimal digits, the same at every synth. */
function id(of: string): string {
  return createHash("sha256").update(of).digest("hex").slice(0, 8);
}
