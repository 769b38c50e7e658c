import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CONFIG_FAULTS, type ConfigFaultCode, formatFault } from "../../../spec";
import { codesOf, ROOT } from "../project";
import { environment, type Files, model, PIPELINE, source, TOPIC, topic } from "./cases";

const settings = (text: string): Files => ({ [PIPELINE]: `name: shop\n${text}\n` });
const dashboard = (dataset: string): Files => ({
  "config/dashboards/kpis.yaml": [
    "title: KPIs",
    `datasets: { a: ${JSON.stringify(dataset)}, b: 'SELECT count(*) AS n FROM {gold}.per_order' }`,
    "widgets: [{ kind: counter, title: N, dataset: a, value: n }]",
    "",
  ].join("\n"),
});

/** Configs that have faults of one kind only. */
const CASES: Readonly<Record<ConfigFaultCode, readonly Files[]>> = {
  not_read: [{ [PIPELINE]: undefined }, { [PIPELINE]: "" }, { "config/topics/a.yml": "" }],
  invalid_yaml: [settings("settings: { timeZone: UTC"), settings("---\nname: other")],
  unknown_key: [settings("setings: {}"), topic("foo: 1"), model({ 2: "-- grain: order_id\n-- grian: order_id" })],
  missing_key: [
    { [PIPELINE]: "description: shop\n" },
    { [TOPIC]: "source: { files: orders }\nsilver: { mode: upsert }\n" },
    model({ 2: "" }),
    source("  kafka: { topic: a, bootstrapServers: 'b:9092', auth: { username: { scope: a, key: b } } }"),
  ],
  invalid_value: [settings("settings: { timeZone: Mars/Base }"), environment([], { cloud: "amazon" })],
  conflicting_keys: [
    topic("  merge: present_fields", "schema: { onNewField: rescue }"),
    environment(["declarative: {}"]),
  ],
  duplicate: [settings("name: other"), topic("quality: [{ name: a, expect: b }, { name: a, expect: c }]")],
  unknown_name: [model({ 3: "-- needs: order(order_id string)", 4: "SELECT order_id FROM order" })],
  reserved_name: [
    topic("  rename: { a: _row_id }"),
    environment([], { catalog: "{ name: system }" }),
    { "config/topics/select.yaml": "source: { files: other }\nsilver: { mode: append }\n" },
  ],
  unused: [dashboard("SELECT count(*) AS n FROM {gold}.per_order")],
  invalid_sql: [
    topic("quality: [{ name: a, expect: 'rand() > 0.5' }]"),
    model({ 4: "DELETE FROM orders" }),
    model({ 4: "SELECT order_id FROM orders; SELECT 1" }),
    model({ 4: "SELECT reflect('a', 'b') AS order_id FROM orders" }),
  ],
  undeclared_input: [model({ 4: "SELECT order_id FROM sales" })],
  circular_models: [model({ 3: "-- needs: per_order(order_id string)", 4: "SELECT order_id FROM per_order" })],
  secret_in_config: [settings("description: 'dapi0123456789abcdef0123456789abcdef'")],
  reference_in_text: [settings("description: '${TfToken[TOKEN.1]}'")],
  unfit_for_production: [
    environment(["runAs: { servicePrincipal: 01234567-89ab-cdef-0123-456789abcdef }"], { mode: "production" }),
  ],
  unfit_for_free_edition: [environment(["preset: free"])],
  unfit_for_declarative: [
    { ...environment(["engine: declarative"]), ...topic("  deleteWhen: \"op = 'D'\"") },
    environment(["engine: declarative", "job: { taskType: notebook }"]),
  ],
};

describe("the code of a config fault", () => {
  for (const [code, all] of Object.entries(CASES))
    it(`is ${code}`, () => {
      for (const files of all) expect(codesOf(files), JSON.stringify(files)).toEqual([code]);
    });

  it("stands behind the message", () => {
    const fault = { file: "config/a.yaml", line: 2, column: 3, message: "x: missing", code: "missing_key" } as const;
    expect(formatFault(fault)).toBe("config/a.yaml:2:3  x: missing [missing_key]");
  });

  it("has its row on the page of errors", () => {
    const page = readFileSync(join(ROOT, "docs/reference/errors.md"), "utf8");
    for (const [code, { what, why, remedy }] of Object.entries(CONFIG_FAULTS))
      expect(page).toContain(`| \`${code}\` | ${what} | ${why} | ${remedy} |`);
  });
});
