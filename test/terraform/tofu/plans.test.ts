import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { differentPaths } from "./plans";

const plan = (registry: string, name = "bronze", more: object = {}) => ({
  terraform_version: registry,
  resource_changes: [
    { provider_name: `${registry}/databricks/databricks`, change: { actions: ["create"], after: { name } } },
  ],
  ...more,
});
const TEST = join(__dirname, "test.ts");
const [TERRAFORM, OPENTOFU] = ["registry.terraform.io", "registry.opentofu.org"] as const;

describe("plans of one stack by Terraform and by OpenTofu", () => {
  it("may differ in the version, the registry and the order of what was read", () => {
    const [a, b] = [{ resource: "a" }, { resource: "b" }];
    const one = plan(TERRAFORM, "bronze", { applyable: true, relevant_attributes: [a, b] });
    expect(differentPaths(one, plan(OPENTOFU, "bronze", { relevant_attributes: [b, a] }))).toEqual([]);
  });

  it("in nothing else", () => {
    expect(differentPaths(plan(TERRAFORM), plan(OPENTOFU, "silver"))).toEqual(["resource_changes.0.change.after.name"]);
    const read = (resource: string) => ({ relevant_attributes: [{ resource }] });
    expect(differentPaths(plan(TERRAFORM, "x", read("a")), plan(OPENTOFU, "x", read("b")))).toEqual([
      "relevant_attributes.0",
    ]);
    expect(differentPaths(plan(TERRAFORM), plan(OPENTOFU, "bronze", { resource_drift: [] }))).toEqual([
      "resource_drift",
    ]);
  });
});

describe("npm run test:tofu -- --no-build", () => {
  it("says that it tested nothing where there is no tofu, and does not fail", () => {
    // A terraform that is a link to true is enough to be found.
    const bin = mkdtempSync(join(tmpdir(), "medallion-bin-"));
    try {
      symlinkSync("/usr/bin/true", join(bin, "terraform"));
      const { stdout, status } = spawnSync(process.execPath, [require.resolve("tsx/cli"), TEST, "--no-build"], {
        env: { PATH: bin, MEDALLION_CACHE: bin },
        encoding: "utf8",
      });
      expect(status).toBe(0);
      expect(stdout).toMatch(/^SKIPPED, nothing was tested: tofu is neither on PATH nor in the cache/);
    } finally {
      rmSync(bin, { recursive: true });
    }
  });
});
