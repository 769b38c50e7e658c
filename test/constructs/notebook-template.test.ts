import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Token } from "cdktf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOTEBOOKS, renderNotebook } from "../../constructs";
import { headerCell, pipCell } from "../../constructs/code/notebook-header";
import { type Json, pythonLiteral } from "../../constructs/code/python-literal";
import { makeDocument } from "./support/fixtures";

const ROOT = join(__dirname, "../..");
const FIRST = "# Databricks notebook source";
const template = (body: string) => `${FIRST}\n${body}\n`;
const render = (body: string, values: Record<string, Json> = {}, cells: string[] = []) =>
  renderNotebook({ name: "n.py", text: template(body), values, cells });

const HOSTILE = [
  'a"b',
  "a'b",
  "back\\slash\\",
  'a\\"; import os; os.system("x") #',
  "line\nend\r\nand\rmore",
  '"""',
  "\n# COMMAND ----------\n",
  "# MAGIC %sh rm -rf /",
  "{{ defaults }}",
  "{braces} %s $x ${y} `z`",
  "\u0000\u0001\u007f\u0085\u2028\u2029\ufeff",
  "ünïcödé 漢字 🎉",
  "\ud800",
  "$& $1 $$ $`",
];

/** Evaluates Python literals with Python itself and gives them back as JSON. */
function evaluate(literals: readonly string[]): unknown[] {
  const tools = join(process.env["MEDALLION_TOOLS"] ?? join(ROOT, ".tools"), "python", "bin", "python");
  const program = "import ast, json, sys; print(json.dumps([ast.literal_eval(text) for text in json.load(sys.stdin)]))";
  const { stdout, stderr, status } = spawnSync(existsSync(tools) ? tools : "python3", ["-c", program], {
    input: JSON.stringify(literals),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

describe("literals", () => {
  it("are what they were, read by Python, for hostile values", () => {
    const values: Json[] = [
      ...HOSTILE,
      HOSTILE,
      { [HOSTILE[3] ?? ""]: HOSTILE },
      null,
      true,
      false,
      0,
      -1.5,
      1.5e-7,
      [],
      {},
      { a: [1, { b: null }] },
    ];
    expect(evaluate(values.map((value) => pythonLiteral(value)))).toEqual(values);
  });

  it("are what they were for any JSON value", () => {
    const values = fc.sample(fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }), { numRuns: 500, seed: 7 }) as Json[];
    const exact = values.filter((value) => !JSON.stringify(value).match(/\d{16,}|e[+-]\d|-0/));
    expect(evaluate(exact.map((value) => pythonLiteral(value)))).toEqual(exact);
  });

  it("stand on one line of plain text each", () => {
    for (const value of HOSTILE) expect(pythonLiteral(value)).toMatch(/^"[\x20-\x7e]*"$/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])("are rejected for %d", (value) => {
    expect(() => pythonLiteral(value)).toThrow(/cannot become the number/);
  });
});

describe("renderNotebook", () => {
  it("puts values where placeholders stand, and cells before the first", () => {
    expect(render('A = "{{ name }}"\nB = "{{ name }}"', { name: "x" }, ["# MAGIC %md", "# MAGIC %pip install x"])).toBe(
      [
        FIRST,
        "# MAGIC %md",
        "",
        "# COMMAND ----------",
        "",
        "# MAGIC %pip install x",
        "",
        "# COMMAND ----------",
        "",
        'A = "x"\nB = "x"\n',
      ].join("\n"),
    );
  });

  it.each(HOSTILE)("keeps %j inside its literal", (value) => {
    const rendered = render('A = "{{ name }}"\nB = 1', { name: value });
    expect(rendered.split("\n")).toEqual([FIRST, `A = ${pythonLiteral(value)}`, "B = 1", ""]);
  });

  it.each([
    ['A = "{{ other }}"', {}, 'unknown placeholder "{{ other }}"; known: none'],
    ["A = 1", { name: "x" }, 'the value "name" is not used: there is no "{{ name }}" in the template'],
    ['A = "x {{ name }}"\nB = "{{ name }}"', { name: "x" }, "{{ name }} stands inside something else"],
    ["A = '{{ name }}'\nB = \"{{ name }}\"", { name: "x" }, "{{ name }} stands inside something else"],
    ["{{ name }}", {}, "{{ name }} stands inside something else"],
    [
      'A = "{{ name }}"',
      { name: [Token.asString({ late: true })] },
      'the value "name" is known to Terraform only when it is applied',
    ],
  ] as [string, Record<string, Json>, string][])("rejects %j with %j", (body, values, message) => {
    expect(() => render(body, values)).toThrow(message);
  });

  it("says all faults of a template at once", () => {
    const text = 'import os\nA = "{{ other }}"';
    expect(() => renderNotebook({ name: "n.py", text, values: { name: 1 } })).toThrow(
      /^notebook n\.py:\n {2}- its first line must be .*\n {2}- unknown placeholder .*; known: name\n {2}- the value "name" is not used/,
    );
  });
});

describe("the cells before a notebook's own", () => {
  it("show topics, contracts and models in tables", () => {
    expect(headerCell(makeDocument(), "0123456789ab").split("\n")).toEqual([
      "# MAGIC %md",
      "# MAGIC ## shop",
      "# MAGIC",
      "# MAGIC A shop.",
      "# MAGIC",
      "# MAGIC Generated from config; library `0123456789ab`. Change the config, not this notebook.",
      "# MAGIC",
      "# MAGIC | topic | mode | keys | contract |",
      "# MAGIC | --- | --- | --- | --- |",
      "# MAGIC | customers | upsert | id | new field: add, conflict: promote, compatibility: none |",
      "# MAGIC | orders | upsert | id | new field: add, conflict: promote, compatibility: none |",
      "# MAGIC",
      "# MAGIC | gold model | grain | needs |",
      "# MAGIC | --- | --- | --- |",
      "# MAGIC | order\\_metrics | id | orders |",
      "# MAGIC | totals | id | order\\_metrics |",
    ]);
  });

  it.each(HOSTILE)("let no description leave its comment: %j", (description) => {
    const lines = headerCell({ ...makeDocument(), description }, "0123456789ab").split(/[\n\r\u0085\u2028\u2029\v\f]/);
    expect(lines.every((line) => line.startsWith("# MAGIC"))).toBe(true);
    expect(lines.join("\n")).not.toContain("<");
  });

  it("install a wheel only from a path that is safe to write there", () => {
    expect(pipCell("/Workspace/Shared/a-0.1.0+abc-py3-none-any.whl")).toBe(
      "# MAGIC %pip install /Workspace/Shared/a-0.1.0+abc-py3-none-any.whl",
    );
    expect(() => pipCell("/Workspace/x; rm -rf /")).toThrow("must hold only letters");
  });
});

describe("the shipped notebooks", () => {
  it.each(NOTEBOOKS)("%s renders with the parameters of a job", (name) => {
    const text = readFileSync(join(ROOT, "notebooks", `${name}.py`), "utf8");
    const values: Record<string, Json> = name === "run_pipeline" ? {} : { defaults: { catalog: "main" } };
    const rendered = renderNotebook({ name, text, values, cells: [] });
    if (name !== "run_pipeline") expect(rendered).toContain('DEFAULTS = {\n    "catalog": "main",\n}\n');
  });
});
