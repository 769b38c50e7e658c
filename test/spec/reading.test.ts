import { describe, expect, it } from "vitest";
import { cronFault } from "../../spec/checks/cron";
import { parseGoldModel } from "../../spec/reading/gold-model";
import { scanSql } from "../../spec/reading/sql-text";
import { YamlFile } from "../../spec/reading/yaml-file";
import { normalizeNeeded, normalizeType } from "../../spec/types";
import { nearest } from "../../spec/words";

describe("a gold model", () => {
  const header = ["-- model: m", "-- grain: a, b", "-- needs: t(a string, x DECIMAL( 18 , 2 )),", "--   u(b bigint)"];
  const body = "SELECT a, b FROM t";
  const read = (text: string) => parseGoldModel("notebooks/gold/m.sql", text);
  const model = {
    name: "m",
    description: "",
    grain: ["a", "b"],
    needs: [
      {
        input: "t",
        columns: [
          { name: "a", type: "string" },
          { name: "x", type: "decimal(18,2)" },
        ],
      },
      { input: "u", columns: [{ name: "b", type: "bigint" }] },
    ],
    sql: body,
    refresh: "auto",
  };

  it("allows columns to be null", () => {
    const header = "-- model: m\n-- grain: a\n-- needs: t(a string, b date)";
    expect(read(`${header}\n-- allow: nulls(t.b)\nSELECT a FROM t`).model?.allowNulls).toEqual(["t.b"]);
    expect(read(`${header}\nSELECT a FROM t`).model).not.toHaveProperty("allowNulls");
  });

  it("gives units to columns", () => {
    const header = "-- model: m\n-- grain: a\n-- needs: t(a string)";
    const units = (line: string) => read(`${header}\n-- units: ${line}\nSELECT a FROM t`);
    expect(units("paid EUR, speed km per h").model?.units).toEqual({ paid: "EUR", speed: "km per h" });
    expect(read(`${header}\nSELECT a FROM t`).model).not.toHaveProperty("units");
    const rule =
      "column unit, separated by commas, a unit of at most 12 characters, for example revenue EUR, weight kg";
    expect(units("paid, a a unit that is long, b kg, B g").faults.map(({ line, message }) => [line, message])).toEqual([
      [4, `units: found "paid"; allowed: ${rule}`],
      [4, `units: found "a a unit that is long"; allowed: ${rule}`],
      [4, "units: B stands here twice; keep one"],
    ]);
  });

  it("says how it is refreshed", () => {
    const header = "-- model: m\n-- grain: a\n-- needs: t(a string)";
    expect(read(`${header}\nSELECT a FROM t`).model?.refresh).toBe("auto");
    expect(read(`${header}\n-- refresh: strict\nSELECT a FROM t`).model?.refresh).toBe("strict");
    expect(read(`${header}\n-- refresh: ful\nSELECT a FROM t`).faults.map(({ message }) => message)).toEqual([
      'refresh: found "ful"; did you mean "full"? allowed: auto, incremental, full, strict',
    ]);
  });

  it("is its header and its SELECT", () => {
    expect(read([...header, body].join("\n"))).toMatchObject({ faults: [], model });
  });

  it("reads the same with other line ends, a byte order mark, blank lines, a semicolon and comments around it", () => {
    expect(read(`\uFEFF\r\n${[...header, "", "-- note: about it", body].join("\r\n")};\r\n-- done`).model).toEqual({
      ...model,
      line: header.length + 4,
      column: 1,
    });
  });

  it("takes several needs, a description over lines, and any words in it", () => {
    const text = [
      "-- model: m",
      "-- description: First.",
      "--   note: second.",
      "-- grain: a",
      "-- needs: t(a string)",
      "-- needs: u(b bigint)",
      body,
    ];
    expect(read(text.join("\n")).model).toMatchObject({
      description: "First. note: second.",
      needs: [{ input: "t" }, { input: "u" }],
    });
  });

  it("keeps what only looks like the end of the statement", () => {
    const sql = "WITH x AS (SELECT ';' AS a, \"--\" AS b, `/*` AS c) /* ; */ SELECT a, b -- ;\nFROM x";
    expect(read([...header, sql].join("\n")).model?.sql).toBe(sql);
  });
});

describe("a scan of SQL", () => {
  it("tells statements from semicolons in text and comments", () => {
    const { statements, faults } = scanSql("-- a;\nSELECT ';', 'it\\'s;' ; /* ; */ SELECT `;`");
    expect(statements.map(({ text }) => text)).toEqual(["SELECT ';', 'it\\'s;'", "SELECT `;`"]);
    expect(faults).toEqual([]);
  });

  it.each(["'a", "'a\\'", '"a', "`a", "/* a", "/*/", "(a", "a)"])("finds what does not match: %s", (sql) => {
    expect(scanSql(sql).faults).toHaveLength(1);
  });
});

describe("YAML", () => {
  it("is YAML 1.2: no, on and 1_0 are text, 0o7 is not", () => {
    expect(YamlFile.parse("x.yaml", "[no, on, 1_0, 0o7, 2024-01-01, ~]").value).toEqual([
      "no",
      "on",
      "1_0",
      7,
      "2024-01-01",
      null,
    ]);
  });

  it.each([
    [["a", "b", 1], "x.yaml:2:10"],
    [["a", "b", 7], "x.yaml:2:3"],
    [["a", "zz", "y"], "x.yaml:1:1"],
    [["d", "e"], "x.yaml:4:3"],
    [["f"], "x.yaml:5:1"],
    [[], "x.yaml:1:1"],
  ])("knows where %j stands, or what would hold it", (path, place) => {
    const yaml = YamlFile.parse("x.yaml", "a:\n  b: [1, 2]\nd:\n  e:\nf:\n");
    const { file, line, column } = yaml.faultAt(path, "", "invalid_value");
    expect(`${file}:${line}:${column}`).toBe(place);
  });

  it("says what would make it too large to read", () => {
    const bomb = [
      "a: &a [1, 1]",
      ...[..."bcdefghijk"].map(
        (key, i) => `${key}: &${key} [*${"abcdefghij"[i]}, *${"abcdefghij"[i]}, *${"abcdefghij"[i]}]`,
      ),
    ];
    expect(YamlFile.parse("x.yaml", bomb.join("\n")).faults).toMatchObject([
      { message: expect.stringContaining("alias") },
    ]);
  });
});

describe("cron", () => {
  it.each([
    "0 0 6 * * ?",
    "0 0/15 8-18 ? * MON-FRI",
    "0 30 * * * ? 2026",
    "0 0 0 L * ?",
    "0 0 0 LW * ?",
    "0 0 0 15W 1,JUL ?",
    "0 0 0 ? * 6#3",
    "0 0 0 ? * FRIL",
    "*/10 * * * * ?",
  ])("takes %s", (cron) => expect(cronFault(cron)).toBeUndefined());
  it.each([
    "",
    "* * * * *",
    "0 0 6 * * *",
    "0 0 6 ? * ?",
    "60 * * * * ?",
    "0 0 24 * * ?",
    "0 0 0 32 * ?",
    "0 0 0 ? * 8",
    "0 0 0 ? * MOO",
    "0 0/0 * * * ?",
    "0 1-2-3 * * * ?",
    "0 0 0 1 13 ?",
    "0 0 0 1 1 ? 1900",
    "@daily",
  ])("rejects %s", (cron) => expect(cronFault(cron)).toBeTypeOf("string"));
});

describe("words", () => {
  it.each([
    ["mod", ["mode", "keys"], "mode"],
    ["upsrt", ["append", "upsert"], "upsert"],
    ["KEYS", ["mode", "keys"], "keys"],
    ["x", ["mode", "keys"], undefined],
    ["completely", ["different"], undefined],
  ])("nearest to %s of %j is %s", (found, allowed, wanted) => expect(nearest(found, allowed)).toBe(wanted));

  it.each([
    ["Decimal( 18,4 )", "decimal(18,4)"],
    ["BIGINT", "bigint"],
    ["decimal(38,38)", "decimal(38,38)"],
    ["decimal(0,0)", undefined],
    ["decimal(39,0)", undefined],
    ["decimal(2,3)", undefined],
    ["varchar(3)", undefined],
    ["array<string>", undefined],
  ])("type %s is %s", (type, wanted) => expect(normalizeType(type)).toBe(wanted));
});

describe("a type that a model needs", () => {
  it.each([
    ["string", "string"],
    ["LONG", "bigint"],
    ["struct<city: string>", "struct<city:string>"],
    ["array<struct<sku: string, qty: long>>", "array<struct<sku:string,qty:bigint>>"],
    ["map< string , Array<decimal(18, 2)> >", "map<string,array<decimal(18,2)>>"],
    [
      "struct<`unit price`: double, größe: int, s: struct<`a,>b`: date>>",
      "struct<`unit price`:double,`größe`:int,s:struct<`a,>b`:date>>",
    ],
    ["struct<>", undefined],
    ["struct<a: int, A: int>", undefined],
    ["struct<a int>", undefined],
    ["array<int, int>", undefined],
    ["map<int, string>", undefined],
    ["map<string>", undefined],
    ["array<decimal(40,2)>", undefined],
    ["array<int", undefined],
  ])("%s is %s", (type, wanted) => expect(normalizeNeeded(type)).toBe(wanted));
});
