import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { faultsOf, ROOT } from "./project";

// faultsOf throws on with whatever is no ConfigError, so that calling it is the test.
const RUNS = { numRuns: 40 };
const FILES = ["config/pipeline.yaml", "config/topics/orders.yaml", "config/environments/dev.yaml"];

/** Values as wild as JSON allows, with keys that the schemas know among others. */
const wild = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1.5, "", "orders", "upsert", "job_cluster", "2024-01-01", "__proto__"),
    fc.string(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        "name",
        "source",
        "files",
        "kafka",
        "auth",
        "silver",
        "mode",
        "keys",
        "rename",
        "schema",
        "hints",
        "quality",
        "cloud",
        "compute",
        "kind",
        "workers",
        "job",
        "trigger",
        "schedule",
        "roles",
        "reader",
        "backend",
        "s3",
        "__proto__",
        "constructor",
        "x",
      ),
      tie("value"),
      { maxKeys: 6 },
    ),
  ),
}));

describe("whatever the config holds", () => {
  it("any value in any file is a list of faults", () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), wild.value, (file, value) => {
        for (const fault of faultsOf({ [file]: stringify(value) })) expect(fault).not.toMatch(/undefined|\[object/);
      }),
      RUNS,
    );
  });

  it("so is any text", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FILES, "notebooks/gold/per_order.sql"),
        fc.string({ unit: "binary" }),
        (file, text) => {
          faultsOf({ [file]: text });
        },
      ),
      RUNS,
    );
  });

  it("so is a shipped file with a piece cut out or doubled", () => {
    const shipped = ["config/topics/orders.yaml", "config/environments/prod-aws.yaml", "notebooks/gold/daily_kpis.sql"];
    fc.assert(
      fc.property(
        fc.constantFrom(...shipped),
        fc.nat(),
        fc.nat({ max: 40 }),
        fc.boolean(),
        (file, at, length, doubled) => {
          const text = readFileSync(join(ROOT, file), "utf8");
          const start = at % text.length;
          faultsOf({
            [file]: text.slice(0, start + (doubled ? length : 0)) + text.slice(start + (doubled ? 0 : length)),
          });
        },
      ),
      RUNS,
    );
  });
});
