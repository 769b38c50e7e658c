import { describe, expect, it } from "vitest";
import { type Block, compare } from "./schema";

const BLOCK: Block = {
  attributes: {
    name: { required: true },
    comment: { optional: true },
    old: { optional: true, deprecated: true },
    id: {},
  },
  block_types: {
    task: { block: { attributes: { key: { required: true } } } },
    must: { block: {}, min_items: 1 },
  },
};

function faultsOf(given: Record<string, unknown>): string[] {
  const faults: string[] = [];
  compare("x", given, BLOCK, (fault) => faults.push(fault));
  return faults;
}

describe("the provider's schema", () => {
  it("passes what it knows, and Terraform's own arguments", () => {
    const given = {
      name: "a",
      task: [{ key: "a" }],
      must: {},
      "//": {},
      depends_on: ["y"],
      lifecycle: { prevent_destroy: true },
    };
    expect(faultsOf(given)).toEqual([]);
  });

  it.each([
    [{ must: {} }, "x.name is required"],
    [{ name: "a" }, "x.must is required"],
    [{ name: "a", must: {}, colour: 1 }, "x.colour: the provider has no such argument"],
    [{ name: "a", must: {}, old: 1 }, "x.old is deprecated"],
    [{ name: "a", must: {}, id: 1 }, "x.id is computed, it cannot be set"],
    [
      { name: "a", must: {}, task: [{ key: "a" }, { key: "b", kee: "c" }] },
      "x.task.kee: the provider has no such argument",
    ],
    [{ name: "a", must: {}, task: {} }, "x.task.key is required"],
  ])("does not pass %j", (given, fault) => {
    expect(faultsOf(given)).toEqual([fault]);
  });
});
