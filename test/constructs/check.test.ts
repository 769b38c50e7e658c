import { Lazy, Token } from "cdktf";
import { describe, expect, it } from "vitest";
import { Catalog, ConstructError, Schema } from "../../constructs";
import { check, type Rule } from "../../constructs/internal/check";
import { newStack, synth } from "./support/synth";

interface Props {
  readonly name: string;
  readonly size?: number;
  readonly nested?: { readonly list: readonly string[] };
}

const RULES: readonly Rule<Props>[] = [
  [(p) => p.name !== "good", (p) => `name "${p.name}": only good`],
  [(p) => p.size !== undefined && p.size > 1, (p) => `size ${p.size}: at most 1`],
  [(p) => p.nested?.list.some((item) => item !== "good") ?? false, () => "list: only good"],
];

describe("check", () => {
  it("throws once, with every fault and the path", () => {
    const stack = newStack();
    try {
      check(stack, { name: "bad", size: 2, nested: { list: ["bad"] } }, RULES);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConstructError);
      expect((error as ConstructError).faults).toEqual([
        'name "bad": only good',
        "size 2: at most 1",
        "list: only good",
      ]);
      expect((error as Error).message).toBe(
        'test: 3 faults\n  - name "bad": only good\n  - size 2: at most 1\n  - list: only good',
      );
    }
  });

  it("passes what is right", () => {
    expect(() => check(newStack(), { name: "good", size: 1, nested: { list: ["good"] } }, RULES)).not.toThrow();
  });

  it("does not check what Terraform knows only later, however deep it lies", () => {
    const late = Lazy.stringValue({ produce: () => "later" });
    const props = {
      name: `prefix-${late}`,
      size: Token.asNumber(Lazy.numberValue({ produce: () => 9 })),
      nested: { list: [late] },
    };
    expect(() => check(newStack(), props, RULES)).not.toThrow();
  });

  it("still evaluates the rest", () => {
    const late = Lazy.stringValue({ produce: () => "later" });
    expect(() => check(newStack(), { name: late, size: 2 }, RULES)).toThrow("1 fault\n  - size 2: at most 1");
  });

  it("lets a construct take a name from another resource", () => {
    const stack = newStack();
    const first = new Catalog(stack, "First", { name: "first" });
    new Schema(stack, "Schema", { catalog: first, name: first.resource.name });
    expect(synth(stack).only("databricks_schema")["name"]).toMatch(/^\$\{databricks_catalog\.\w+\.name\}$/);
  });
});
