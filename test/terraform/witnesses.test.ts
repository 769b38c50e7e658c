import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../spec/project";
import { checkPage, merge, page } from "./deploy/witnesses";

const PAGE = readFileSync(join(ROOT, "docs", "reference", "witnesses.md"), "utf8");

it.each(["dev-aws", "prod-aws"])("has a row for every type of resource of %s", (stack) => {
  const golden = readFileSync(join(ROOT, "test", "constructs", "golden", `${stack}.json`), "utf8");
  const types = new Set(golden.match(/"databricks_[a-z0-9_]+"(?=: \{)/g));
  expect(types.size).toBeGreaterThan(8);
  for (const type of types) expect(PAGE).toContain(`| \`${type.slice(1, -1)}\` |`);
});

it("adds up what stacks showed of a type, and keeps the import that says most", () => {
  const one = { type: "databricks_volume", created: 2, imported: "no changes" };
  const other = {
    type: "databricks_volume",
    created: 3,
    update: "in place (comment)",
    imported: "then changes force_destroy",
  };
  expect(merge([one, other])).toEqual([{ ...other, created: 5 }]);
});

it("fails where the page says otherwise", () => {
  const seen = [{ type: "databricks_volume", created: 1, update: "replaced (comment)", imported: "no changes" }];
  const { faults } = checkPage(seen, 16, false);
  expect(faults).toContain("| `databricks_volume` | 1 | replaced (comment) | no changes |");
  expect(page(seen, 16)).toContain("16 stacks");
});
