import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { newTopic } from "../../cli/new-topic/command";
import { topicYaml } from "../../cli/new-topic/yaml";
import { guess, timeHint } from "../../cli/sample/guess";
import type { Sample, SampleField } from "../../cli/sample/observe";
import { topicConfig } from "../../spec";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "medallion-topic-"));
  mkdirSync(join(folder, "config", "topics"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function made(name: string, sample: string | object[]): { text: string; said: string; config: unknown } {
  const text = typeof sample === "string" ? sample : sample.map((record) => JSON.stringify(record)).join("\n");
  writeFileSync(join(folder, "sample.json"), text);
  const said = newTopic(name, "sample.json", folder);
  const file = readFileSync(join(folder, "config", "topics", `${name}.yaml`), "utf8");
  return { text: file, said, config: topicConfig.parse(parse(file)) };
}

describe("medallion new-topic", () => {
  it("writes what a run would infer, with its guesses and their reasons", () => {
    const { text, said, config } = made("orders", [
      { customer_id: 7, order_id: "A-1", updated_at: "2024-05-01T10:00:00Z", order_total: 12.5, note: null },
      { customer_id: 7, order_id: "A-2", updated_at: "2024-05-01T11:00:00Z", order_total: 13, note: null },
    ]);
    expect(config).toMatchObject({
      source: { files: "orders" },
      silver: { mode: "upsert", keys: ["order_id"], sequenceBy: "updated_at" },
      schema: { hints: {} },
    });
    expect(text).toMatch(/^# {5}order_total: decimal\(18,4\) {2,}# a run would infer double$/m);
    expect(text).toMatch(/^# {3}updated_at +timestamp +always, like 9999-99-99A99:99:99A$/m);
    expect(text).toMatch(/^# {3}note +\(only nulls\) +in 0/m);
    expect(said).toMatch(/^Wrote config.topics.orders\.yaml: 5 fields in 2 records, mode: upsert, keys: order_id/);
  });

  it("says the commands that lead to a gold table, as a shell takes them", () => {
    const events = [
      { trip_id: 1, city: "Rome", fare: 7.5, at: "2024-05-01T10:00:00Z" },
      { trip_id: 2, city: "Rome", fare: 8, at: "2024-05-01T11:00:00Z" },
    ];
    expect(made("trips", events).said.split("\n").slice(1)).toEqual([
      "Check its guesses. Next:",
      "  npx --no-install medallion new-model trips_per_city --topic trips --from sample.json",
      "  mkdir -p sample/trips && cp sample.json sample/trips/",
      "  npx --no-install medallion run --data sample",
    ]);
    mkdirSync(join(folder, "my data", "rides"), { recursive: true });
    writeFileSync(join(folder, "my data", "rides", "1.json"), JSON.stringify({ note: { a: 1 } }));
    expect(newTopic("rides", "my data/rides/1.json", folder).split("\n").slice(2)).toEqual([
      "  npx --no-install medallion run --data 'my data'",
    ]);
  });

  it("works in any folder of the project", () => {
    writeFileSync(join(folder, "cdktf.json"), "{}");
    writeFileSync(join(folder, "sample.json"), '{"a": 1}');
    const below = join(folder, "config", "topics");
    expect(newTopic("orders", "../../sample.json", below)).toMatch(/^Wrote orders\.yaml: /);
  });

  it("reads an object over many lines", () => {
    const { text } = made("visits", '{\n "visitId": 1,\n "eventTime": "2024-01-01T00:00:00Z"\n}');
    expect(text).toContain("keys: [visitId]");
  });

  it("reads an array too, and other spellings", () => {
    const { config } = made("visits", '[\n {"visitId": 1, "eventTime": "2024-01-01T00:00:00Z"},\n {"visitId": 2}\n]');
    expect(config).toMatchObject({ silver: { keys: ["visitId"], sequenceBy: "eventTime" } });
  });

  it("proposes keys and order by path where only objects have them, and a name for their columns", () => {
    const { text, config, said } = made("payments", [
      { payment: { id: "p1", amount: 5 }, meta: { "updated at": "2024-05-01T10:00:00Z" }, customer: { id: 7 } },
      { payment: { id: "p2", amount: 6 }, meta: { "updated at": "2024-05-01T11:00:00Z" }, customer: { id: 7 } },
    ]);
    expect(config).toMatchObject({
      silver: {
        mode: "upsert",
        keys: ["payment.id"],
        sequenceBy: "meta['updated at']",
        rename: { "payment.id": "payment_id", "meta['updated at']": "meta_updated_at" },
      },
    });
    expect(text).toMatch(/"payment\.id": payment_id +# else payment_x2e_id$/m);
    expect(said).toContain("keys: payment.id");
    const flat = made("orders", [{ id: 1, customer_id: 2, customer: { id: 3 } }]);
    expect(flat.config).toMatchObject({ silver: { keys: ["id"], rename: {} } });
    const taken = made("carts", [{ customer_id: null, customer: { id: 3 } }]);
    expect(taken.config).toMatchObject({ silver: { keys: ["customer.id"], rename: {} } });
  });

  it("proposes to carry what stands beside the records", () => {
    const { text } = made("loads", [{ account: "x", "odd name": 1, records: [{ id: 1 }] }]);
    expect(text).toMatch(/^# carry: \{ account: \$\.account, odd_name: "\$\['odd name'\]" \} +# beside the records/m);
  });

  it("proposes a name for every column that would be an escape", () => {
    const { text, config } = made("odd", [
      { _id: 1, "unit price": 2.5, "unit-price": 3, $: true, _row_id: 7, unit_price_2: 1, "price (EUR)": 4.5 },
    ]);
    expect(config).toMatchObject({
      silver: {
        keys: ["_id"],
        rename: { "unit price": "unit_price", "unit-price": "unit_price_3", $: "field", _row_id: "row_id" },
      },
    });
    expect(text).toMatch(/^ {4}"unit price": unit_price +# else unit_x20_price$/m);
    expect(text).toMatch(/^# {5}unit_price: decimal/m);
    expect(text).toMatch(/^# {3}price_EUR +double/m);
    expect(text).toMatch(/^# {3}_id +bigint/m);
  });

  it("appends where nothing looks like a key", () => {
    const { text, config } = made("clicks", [
      { page: "/", ts: "2024-01-01T00:00:00Z" },
      { page: "/a", shop_id: 1 },
    ]);
    expect(config).toMatchObject({ silver: { mode: "append", keys: [] } });
    expect(text).toContain("# no field looks like a key");
  });

  it("says which records a run would quarantine, and goes on", () => {
    const { text, said } = made("orders", '{"order_id": 1}\n{"order_id": \n');
    expect(text).toMatch(/# Record 2 is not usable: invalid_json/);
    expect(said).toContain("1 of them is not usable");
  });

  it("never overwrites", () => {
    made("orders", [{ order_id: 1 }]);
    expect(() => newTopic("orders", "sample.json", folder)).toThrow(/orders\.yaml exists already/);
  });

  it.each([
    ["Orders", [{ a: 1 }], /"Orders" is no name for a topic: allowed: lower case/],
    ["order", [{ a: 1 }], /no name for a topic: it is a word of SQL/],
    ["../orders", [{ a: 1 }], /no name for a topic/],
    ["orders", "", /holds no record/],
    ["orders", "1\n2", /no usable record \(record 1: not_an_object/],
    ["orders", '{\n "a": 01\n}', /no usable record/],
  ])("rejects %s from %j", (name, sample, message) => expect(() => made(name, sample)).toThrow(message));

  it("says what is missing: the sample, the project, UTF-8", () => {
    expect(() => newTopic("orders", "nothing.json", folder)).toThrow(/There is no file .*nothing\.json/);
    expect(() => newTopic("orders", "sample.json", join(folder, "config"))).toThrow(/medallion init/);
    writeFileSync(join(folder, "latin"), Buffer.from([0x7b, 0xff, 0x7d]));
    expect(() => newTopic("orders", "latin", folder)).toThrow(/is not UTF-8/);
  });

  it("takes names that are hostile to YAML as they are", () => {
    const names = ["#id: [x]", "a\nb: c", "yes", '"q"', "\u2028", "ünï_id", "\ud83d\ude00", " sp ace "];
    const { config } = made("odd", [
      Object.fromEntries([...names, "- total"].map((name, index) => [name, index + 0.5])),
    ]);
    expect(config).toMatchObject({ silver: { mode: "upsert", keys: ["ünï_id"] } });
  });
});

describe("guesses", () => {
  const field = (name: string, type: string | null = "string", more: Partial<SampleField> = {}): SampleField => ({
    ...{ name, column: name.toLowerCase(), type, values: 3, distinct: 3, shape: "a" },
    ...more,
  });
  const of = (topic: string, ...fields: SampleField[]) => {
    const sample: Sample = { records: 3, unusable: 0, faults: [], fields };
    return { ...guess(topic, sample), yaml: parse(topicYaml(topic, sample, guess(topic, sample), "s.json")) };
  };

  it.each([
    ["orders", ["customer_id", "order_id"], "order_id"],
    ["categories", ["shop_id", "categoryId"], "categoryId"],
    ["boxes", ["x_id", "box_id"], "box_id"],
    ["addresses", ["x_id", "address_id"], "address_id"],
    ["events", ["source_id", "id"], "id"],
    ["events", ["source_id", "other_id"], "source_id"],
    ["events", ["paid", "valid", "grid"], undefined],
  ])("%s of %j: %s", (topic, names, key) => expect(of(topic, ...names.map((name) => field(name))).key).toBe(key));

  it("proposes to unwrap change events, and maps for objects whose keys are data", () => {
    const stock = (n: number) => Object.fromEntries([0, 1, 2].map((at) => [`shop-${n}-${at}`, at]));
    const event = (n: number, op: string) => {
      const row = { id: n, updated_at: `2024-01-0${n + 1}T00:00:00Z`, stock: stock(n) };
      return { before: null, [op === "d" ? "before" : "after"]: row, source: { ts_ms: n }, op, ts_ms: n };
    };
    const events = [...[0, 1, 2, 3, 4, 5].map((n) => event(n, "c")), event(6, "d"), { ts_ms: 5 }];
    const { text, config } = made("accounts", events);
    expect(text).toMatch(/^unwrap: debezium {2,}# change events/m);
    expect(config).toMatchObject({ unwrap: "debezium", silver: { mode: "upsert", keys: ["id"] } });
    expect(config).not.toHaveProperty("silver.sequenceBy");
    expect(text).toMatch(/^# {5}stock: "map<string, bigint>" +# an object whose keys look like data/m);
    expect(made("plain", events.slice(0, 6).concat([{ op: "c" } as never])).text).not.toContain("unwrap");
  });

  it("proposes where the records are in documents that are envelopes around one array", () => {
    const records = [
      { eventID: "e-1", eventTime: "2024-05-01T10:00:00Z" },
      { eventID: "e-2", eventTime: "2024-05-01T11:00:00Z" },
    ];
    const { text, said, config } = made("trail", JSON.stringify({ Records: records }, null, 1));
    expect(text).toMatch(/^records: \$\.Records\[\*] {2,}# each document holds its records$/m);
    expect(said).toContain("2 fields in 2 records");
    expect(config).toMatchObject({ records: "$.Records[*]", silver: { keys: ["eventID"] } });
    expect(made("odd", [{ "odd name": { x: records } }]).config).toMatchObject({ records: "$['odd name'].x[*]" });
    expect(made("odata", [{ "@odata.context": "x", value: records }]).config).toMatchObject({ records: "$.value[*]" });
    for (const [index, none] of [
      { order_id: 1, items: records },
      { id: 1, data: records },
      { a: 1, items: records },
      { value: [1] },
    ].entries())
      expect(made(`none_${index}`, [none]).config).not.toHaveProperty("records");
  });

  it("takes an id of something else that repeats only where rows of it can be ordered", () => {
    const repeated = field("warden_id", "bigint", { distinct: 2 });
    expect(of("tickets", repeated, field("ticket")).key).toBe("ticket");
    expect(of("tickets", repeated, field("photo_id")).key).toBe("photo_id");
    expect(of("tickets", repeated).key).toBeUndefined();
    expect(of("tickets", repeated, field("updated_at", "timestamp")).key).toBe("warden_id");
    expect(of("tickets", field("ticket_id", "bigint", { distinct: 2 })).key).toBe("ticket_id");
  });

  it("takes no key that is missing somewhere, or nested", () => {
    expect(of("a", field("a_id", "string", { values: 2 })).key).toBeUndefined();
    expect(of("a", field("a_id", "array<string>")).key).toBeUndefined();
  });

  it("orders by the best field that can be ordered, and never by the key", () => {
    expect(of("a", field("ts", "bigint"), field("updatedAt", "timestamp")).sequence).toBe("updatedAt");
    expect(of("a", field("updated_at", "string"), field("version", "int")).sequence).toBe("version");
    expect(of("a", field("created_at", "timestamp")).sequence).toBeUndefined();
  });

  it("finds money among numbers only", () => {
    const money = of(
      "a",
      field("unit_price", "double"),
      field("price_list"),
      field("payment_id", "bigint"),
      field("n", "int"),
    ).money;
    expect(money.map(({ name }) => name)).toEqual(["unit_price"]);
  });

  it.each([
    ["string", "99/99/9999 99:99:99 AA", "timestamp(MM/dd/yyyy hh:mm:ss a)"],
    ["string", "99.99.9999 99:99", "timestamp(dd.MM.yyyy HH:mm)"],
    ["string", "99-99-9999", "date(dd-MM-yyyy)"],
    ["string", "Aaa, 9 Aaa 9999 99:99:99 +9999", "timestamp(rfc2822)"],
    ["bigint", "9999999999999", "timestamp_millis"],
    ["bigint", "99999999", undefined],
    ["string", "99.99-9999", undefined],
    ["date", "9999-99-99", undefined],
  ])("suggests a hint for a %s like %s: %s", (type, shape, hint) =>
    expect(timeHint(field("at", type, { shape }))).toBe(hint),
  );

  it("writes hints that hold once their # is taken away, however long they are", () => {
    const at = field("issued_at", "string", { shape: "99/99/9999 99:99:99 AA" });
    const sample: Sample = { records: 3, unusable: 0, faults: [], fields: [at] };
    const text = topicYaml("a", sample, guess("a", sample), "s.json");
    expect(parse(text.replace(/^# (?=(schema:| {2}hints:| {4}issued_at:))/gm, "")).schema.hints).toEqual({
      issued_at: "timestamp(MM/dd/yyyy hh:mm:ss a)",
    });
  });

  it("suggests when a row deletes its key, as a comment", () => {
    const { deleteWhen, yaml } = of("a", field("a_id"), field("op"));
    expect(deleteWhen).toBe("op = 'D'");
    expect(yaml.silver).toEqual({ mode: "upsert", keys: ["a_id"] });
    expect(of("a", field("a_id"), field("is_deleted", "boolean")).deleteWhen).toBe("is_deleted");
  });
});
