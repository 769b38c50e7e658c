import { describe, expect, it } from "vitest";
import { Catalog, Schema } from "../../constructs";
import { makeJob, makePipeline } from "./support/fixtures";
import { type Attributes, newStack, synth } from "./support/synth";

const main = Catalog.fromName("main");

describe("what docs/guides say of the way around what is not modelled", () => {
  it("an override reaches the job, also inside its tasks", () => {
    const { stack, pipeline } = makePipeline();
    pipeline.job.resource.addOverride("budget_policy_id", "b");
    pipeline.job.resource.addOverride("task.0.timeout_seconds", 600);
    const job = synth(stack).only("databricks_job");
    expect(job["budget_policy_id"]).toBe("b");
    const [first, second] = job["task"] as Attributes[];
    expect(first).toMatchObject({ task_key: "action", timeout_seconds: 600 });
    expect(second?.["timeout_seconds"]).toBeUndefined();
  });

  it("the main resource is the default child", () => {
    const job = makeJob();
    expect(job.node.defaultChild).toBe(job.resource);
  });

  it("a warehouse is imported by its id", () => {
    const stack = newStack();
    const schema = new Schema(stack, "Gold", { catalog: main, name: "gold" });
    schema.resource.importFrom("main.gold");
    expect(synth(stack).json["import"]).toMatchObject([{ id: "main.gold" }]);
  });
});

describe("what docs/guides say of renames", () => {
  it("an address of old becomes a moved block", () => {
    const stack = newStack();
    const gold = new Schema(stack, "Gold", { catalog: main, name: "gold" });
    gold.resource.moveFromId("databricks_schema.Mart_Resource_1A2B3C4D");
    const [moved] = synth(stack).json["moved"] as Attributes[];
    expect(moved?.["from"]).toBe("databricks_schema.Mart_Resource_1A2B3C4D");
    expect(moved?.["to"]).toMatch(/^databricks_schema\.Gold/);
  });

  it("an old construct is moved to a new one, and declared once", () => {
    const stack = newStack();
    const before = new Schema(stack, "Mart", { catalog: main, name: "mart" });
    const after = new Schema(stack, "Gold", { catalog: main, name: "gold" });
    after.resource.addMoveTarget("gold");
    before.resource.moveTo("gold");
    const { json, counts } = synth(stack);
    expect(json["moved"]).toHaveLength(1);
    expect(counts["databricks_schema"]).toBe(1);
  });
});
