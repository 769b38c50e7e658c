import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { init } from "../../cli/init/command";
import { newModel } from "../../cli/new-model/command";
import { guessModel } from "../../cli/new-model/sql";
import type { SampleField } from "../../cli/sample/observe";
import { loadProject } from "../../spec";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "medallion-model-"));
  init(folder, { cloud: "aws", framework: "cdktn", package: "0.1.0", name: "fleet" });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TRIPS = [
  { tripId: 1, City: "Rome", fare: 7.5, select: "x", started: "2024-05-01T10:00:00Z", version: 3 },
  { tripId: 2, City: "Rome", fare: 8, select: "x", started: "2024-05-01T11:00:00Z", version: 4 },
];

function write(name: string, topic = "trips", events: readonly object[] = TRIPS): string {
  writeFileSync(join(folder, "events.jsonl"), events.map((event) => JSON.stringify(event)).join("\n"));
  return newModel(name, { topic, from: "events.jsonl" }, folder);
}

describe("medallion new-model", () => {
  beforeEach(() => {
    const yaml = "source: { files: trips }\nsilver: { mode: append, rename: { City: place } }\n";
    writeFileSync(join(folder, "config", "topics", "trips.yaml"), yaml);
  });

  it("writes a model that the project takes, by the names of silver", () => {
    expect(write("trips_per_place")).toBe(
      "Wrote notebooks/gold/trips_per_place.sql: a row per place of trips. Change it to what you want to know.",
    );
    expect(readFileSync(join(folder, "notebooks", "gold", "trips_per_place.sql"), "utf8")).toBe(
      [
        "-- model: trips_per_place",
        "-- description: Rows of trips per place.",
        "-- grain: place",
        "-- needs: trips(place string, fare decimal(18,4))",
        "SELECT place,",
        "       count(*) AS row_count,",
        "       sum(fare) AS total_fare",
        "FROM trips",
        "GROUP BY place",
        "",
      ].join("\n"),
    );
    expect(loadProject(folder).gold.map(({ name }) => name)).toEqual(["order_totals", "trips_per_place"]);
  });

  it("never overwrites", () => {
    write("trips_per_place");
    expect(() => write("trips_per_place")).toThrow(/trips_per_place\.sql exists already/);
  });

  it.each([
    ["Trips", "trips", /"Trips" is no name for a model: allowed: lower case/],
    ["select", "trips", /it is a word of SQL/],
    ["trips", "trips", /"trips" is a topic; a model has a name of its own/],
    ["a", "cars", /There is no topic cars; there are orders, trips\./],
  ])("rejects %s over %s", (name, topic, message) => expect(() => write(name, topic)).toThrow(message));

  it("says what is missing", () => {
    expect(() => write("a", "trips", [{ list: [1] }])).toThrow(/has no column that a model could group by/);
    expect(() => newModel("a", { topic: "trips", from: "nowhere" }, folder)).toThrow(/There is no file .*nowhere/);
  });
});

describe("a first metric", () => {
  const field = (name: string, type: string, more: Partial<SampleField> = {}): SampleField => ({
    ...{ name, column: name, type, values: 9, distinct: 9, shape: "a" },
    ...more,
  });
  const few = { distinct: 2 };

  it.each([
    ["a category", [field("trip_id", "string", few), field("at", "timestamp"), field("city", "string", few)], "city"],
    ["a day", [field("trip_id", "bigint"), field("at", "timestamp"), field("note", "string")], "at_day"],
    ["a date as it is", [field("trip_id", "bigint"), field("day", "date")], "day"],
    ["whatever identifies a row", [field("trip_id", "bigint"), field("km", "double")], "trip_id"],
  ])("is per %s", (_, fields, grain) =>
    expect(guessModel({ records: 9, unusable: 0, faults: [], fields })?.grain).toBe(grain),
  );

  it("adds up quantities, and neither ids nor versions", () => {
    const fields = [
      field("city", "string", few),
      field("car_id", "int"),
      field("version", "int"),
      field("km", "double"),
    ];
    expect(guessModel({ records: 9, unusable: 0, faults: [], fields })?.sums).toEqual([{ name: "km", type: "double" }]);
  });
});
