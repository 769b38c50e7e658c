import type { Construct } from "constructs";
import { describe, expect, it } from "vitest";
import { Catalog, ClusterPolicy, Grants, Schema, Volume, Warehouse } from "../../constructs";
import { makeJob, makePipeline } from "./support/fixtures";
import { newStack } from "./support/synth";

const twice = (make: (scope: Construct, id: string) => unknown) => () => {
  const stack = newStack();
  make(stack, "One");
  make(stack, "Two");
};
const main = Catalog.fromName("main");
const grant = (securable: { schema: string }) => (scope: Construct, id: string) =>
  new Grants(scope, id, { grants: [{ on: "s", securable, principal: "analysts", privileges: ["SELECT"] }] });

describe("what there can be one of has one owner", () => {
  it.each<[string, () => void, string]>([
    ["catalog", twice((s, id) => new Catalog(s, id, { name: "a" })), 'catalog "a" is already declared by test/One'],
    [
      "schema",
      twice((s, id) => new Schema(s, id, { catalog: main, name: "a" })),
      'schema "main.a" is already declared',
    ],
    [
      "volume",
      twice((s, id) => new Volume(s, id, { schema: Schema.fromName("main.a"), name: "v" })),
      'volume "main.a.v" is already declared',
    ],
    [
      "cluster policy",
      twice((s, id) => new ClusterPolicy(s, id, { name: "p", definition: { x: { type: "forbidden" } } })),
      'cluster policy "p" is already declared',
    ],
    ["warehouse", twice((s, id) => new Warehouse(s, id, { name: "w" })), 'warehouse "w" is already declared'],
    ["grants", twice(grant({ schema: "main.a" })), 'grants to analysts on schema "main.a" is already declared'],
  ])("%s", (_what, act, message) => {
    expect(act).toThrow(message);
  });

  it("also where one says the name and the other a reference", () => {
    const stack = newStack();
    const schema = new Schema(stack, "Schema", { catalog: main, name: "a" });
    grant({ schema: schema.fullReference })(stack, "One");
    expect(() => grant({ schema: "main.a" })(stack, "Two")).toThrow('"main.a" is already declared by test/One');
  });

  it("but two principals, and two securables, are two things", () => {
    const stack = newStack();
    grant({ schema: "main.a" })(stack, "One");
    expect(() => grant({ schema: "main.b" })(stack, "Two")).not.toThrow();
  });

  it("and two stacks do not know each other", () => {
    makePipeline();
    expect(() => makePipeline()).not.toThrow();
    expect(() => makeJob()).not.toThrow();
  });
});
