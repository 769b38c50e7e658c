import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isBrokenPath, pathName, stepsOf } from "../../spec/paths";
import { ROOT } from "./project";

const CASES: [string, (string | null)[], string][] = JSON.parse(
  readFileSync(join(ROOT, "test/fixtures/paths.json"), "utf8"),
);

describe("paths of settings", () => {
  it.each(CASES)("%j is read as the other language reads it", (name, steps, spelled) => {
    expect(stepsOf(name)).toEqual(steps);
    expect(pathName(stepsOf(name))).toBe(spelled);
  });

  it.each(["items[0].sku", "a['']", "items[", "a]"])("%j is no path", (name) => expect(isBrokenPath(name)).toBe(true));
});
