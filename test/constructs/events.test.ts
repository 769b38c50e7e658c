import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { EVENTS } from "../../spec";

const ROOT = join(__dirname, "../..");

/** The texts of the files of a folder, folders in it included, that end so. */
function texts(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8"));
}

it("every event that an alert, a dashboard or a guide asks for is one of the vocabulary", () => {
  const asked = [
    ...texts("constructs", /\.ts$/),
    ...texts("config/dashboards", /\.yaml$/),
    ...texts("docs/guides", /\.md$/),
  ].flatMap((text) => [...text.matchAll(/\bevent (?:= |IN \()((?:'\w+'(?:, )?)+)/g)].map(([, names = ""]) => names));
  const names = new Set(asked.flatMap((list) => [...list.matchAll(/'(\w+)'/g)].map(([, name = ""]) => name)));
  expect([...names]).toEqual(expect.arrayContaining(["run_succeeded", "run_failed", "processed"]));
  expect([...names].filter((name) => !(name in EVENTS))).toEqual([]);
});
