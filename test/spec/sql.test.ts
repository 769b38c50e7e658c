import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callsOf, relationsOf } from "../../spec/reading/sql-relations";
import { sqlTokens } from "../../spec/reading/sql-text";

const reads = (sql: string) => relationsOf(sql).map(({ name, isFunction }) => (isFunction ? `${name}()` : name));

describe("what a query reads", () => {
  it.each<[string, string, string[]]>([
    ["a table", "SELECT a FROM orders", ["orders"]],
    [
      "joins",
      "SELECT * FROM a x LEFT JOIN b AS y ON x.i = y.i, LATERAL explode(x.l) JOIN c USING (i)",
      ["a", "b", "explode()", "c"],
    ],
    [
      "commas",
      "SELECT x, y FROM a, b z, (c JOIN d ON c.i = d.i), e WHERE f IN (1, 2) GROUP BY g, h",
      ["a", "b", "c", "d", "e"],
    ],
    [
      "files and other catalogs",
      "SELECT * FROM json.`/etc/passwd`, `main`.gold . t",
      ["json./etc/passwd", "main.gold.t"],
    ],
    [
      "subqueries",
      "SELECT (SELECT max(i) FROM a), EXISTS (SELECT 1 FROM b) FROM (SELECT * FROM c) WHERE i IN (TABLE d)",
      ["a", "b", "c", "d"],
    ],
    ["unions", "(SELECT i FROM a) UNION ALL TABLE b EXCEPT SELECT i FROM c", ["a", "b", "c"]],
    ["brackets around queries", "SELECT * FROM ((SELECT i FROM a) UNION (SELECT i FROM b)) x, c", ["a", "b", "c"]],
    [
      "names of its own",
      "WITH t AS (SELECT * FROM a), u(i, j) AS (SELECT * FROM t, b) SELECT * FROM t JOIN U",
      ["a", "b"],
    ],
    ["a name before it is one", "WITH a AS (SELECT * FROM a) SELECT * FROM a", ["a"]],
    ["a name of an inner query", "SELECT * FROM (WITH t AS (SELECT * FROM a) SELECT * FROM t), t", ["a", "t"]],
    [
      "one that reads itself",
      "WITH RECURSIVE r AS (SELECT i FROM a UNION ALL SELECT i + 1 FROM r) SELECT * FROM r",
      ["a"],
    ],
    [
      "FROM that is none",
      "SELECT extract(year FROM d), trim(BOTH ' ' FROM s), a IS DISTINCT FROM b FROM orders",
      ["orders"],
    ],
    ["lateral views", "SELECT * FROM a LATERAL VIEW explode(l) t AS x, y WHERE z", ["a"]],
    ["an alias that looks like a clause", "SELECT * FROM a window, b", ["a", "b"]],
    ["comments and texts", "SELECT ' FROM x', \" FROM y\" -- FROM z\n FROM a /* , b */ WHERE r'\\' = 'FROM w'", ["a"]],
    ["a raw text that ends in a backslash", "SELECT r'\\' FROM json.`/x` WHERE s = ''", ["json./x"]],
    ["values", "SELECT * FROM VALUES (1), (2) AS t(i), a", ["a"]],
    ["functions", "SELECT * FROM read_files('/x') JOIN main.f.g(1)", ["read_files()", "main.f.g()"]],
    ["pipes", "SELECT * FROM (FROM a |> WHERE i > 1 |> JOIN b USING (i) |> SELECT i, j)", ["a", "b"]],
    [
      "pivots",
      "SELECT * FROM a PIVOT (sum(x), avg(y) FOR z IN ('p', 'q')) p, b TABLESAMPLE (5 ROWS), c",
      ["a", "b", "c"],
    ],
  ])("%s", (_, sql, names) => expect(reads(sql)).toEqual(names));

  it("is, for every model of this project, what its header declares", () => {
    const folder = join(__dirname, "..", "..", "notebooks", "gold");
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".sql"))) {
      const text = readFileSync(join(folder, file), "utf8");
      const declared = [...text.matchAll(/(?:^-- needs:|\),)\s*(\w+)\(/gm)].map(([, name]) => name);
      expect(declared.length).toBeGreaterThan(0);
      for (const name of reads(text)) expect(text).toMatch(new RegExp(`^--.*\\b${name}\\(`, "m"));
    }
  });
});

it("finds calls, also under quoted and long names", () => {
  expect(callsOf("a.b + system.builtin.`Rand` (1) + f(g(x)) > ALL (1)").map(({ name }) => name)).toEqual([
    "system.builtin.rand",
    "f",
    "g",
    "all",
  ]);
});

it("keeps quoted text and names apart", () => {
  expect(sqlTokens("x = `a``b` AND R'\\' <> 'it\\'s' -- no").map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "word x",
    "sign =",
    "name a`b",
    "word AND",
    "quoted R'\\'",
    "sign <",
    "sign >",
    "quoted 'it\\'s'",
  ]);
});
