import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareOutputs } from "../cdktn/compare";
import { contentFaults } from "../pack/content";

const STACK = { "//": { metadata: { version: "0.21.0" } }, resource: { a: { b: { name: "x" } } } };

function outputs(
  after: Record<string, unknown>,
  changes: Record<string, unknown> = {},
): ReturnType<typeof compareOutputs> {
  const root = mkdtempSync(join(tmpdir(), "medallion-compare-"));
  const write = (side: string, files: Record<string, unknown>) => {
    for (const [file, value] of Object.entries(files)) {
      mkdirSync(dirname(join(root, side, file)), { recursive: true });
      writeFileSync(join(root, side, file), typeof value === "string" ? value : JSON.stringify(value));
    }
  };
  const before = {
    "manifest.json": { version: "0.21.0" },
    "stacks/s/cdk.tf.json": STACK,
    "stacks/s/n.py": "x = 1",
    ...changes,
  };
  try {
    write("before", before);
    write("after", { ...before, ...after });
    return compareOutputs(join(root, "before"), join(root, "after"));
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe("two syntheses of one project", () => {
  it("may differ in the version of the framework", () => {
    const { faults, stacks, versions } = outputs({
      "manifest.json": { version: "0.24.0" },
      "stacks/s/cdk.tf.json": { ...STACK, "//": { metadata: { version: "0.24.0" } } },
    });
    expect({ faults, stacks, versions }).toEqual({ faults: [], stacks: 1, versions: ["0.21.0", "0.24.0"] });
  });

  it("may differ in where their own files raise a warning, but not in the warning", () => {
    const manifest = (path: string, message: string) => ({
      version: "0.21.0",
      stacks: { "prod-aws": { annotations: [{ message, stacktrace: [path] }] } },
    });
    const before = { "manifest.json": manifest("/cdktf/annotations.js", "m") };
    expect(outputs({ "manifest.json": manifest("/cdktn/annotations.js", "m") }, before).faults).toEqual([]);
    expect(outputs({ "manifest.json": manifest("/cdktn/annotations.js", "n") }, before).faults).toEqual([
      "manifest.json: stacks.prod-aws.annotations.0.message",
    ]);
  });

  it("in nothing else", () => {
    const { faults } = outputs({
      "stacks/s/cdk.tf.json": { ...STACK, resource: { a: { b: { name: "y" } } } },
      "stacks/s/n.py": "x = 2",
      "stacks/s/more.py": "",
    });
    expect(faults).toEqual([
      "stacks/s/more.py: only with cdktn",
      "stacks/s/cdk.tf.json: resource.a.b.name",
      "stacks/s/n.py: content",
    ]);
  });
});

describe("the content of the package", () => {
  it("is told when something is missing or too much", () => {
    const faults = contentFaults(["test/x.test.ts", "dist/wheel/medallion_pipelines-1.whl"]);
    expect(faults).toContain("the compiled constructs: missing");
    expect(faults).toContain("test/x.test.ts: does not belong there");
    expect(faults).not.toContain("the wheel: missing");
  });
});
