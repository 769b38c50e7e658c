import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultsOfRun, protectedResources, type TestEvent } from "./stack";

const pass = (run: string): TestEvent => ({ test_run: { run, progress: "complete", status: "pass" } });
const rejection = (address: string): TestEvent => ({
  diagnostic: {
    severity: "error",
    summary: "Instance cannot be destroyed",
    detail: `Resource ${address} has lifecycle.prevent_destroy set`,
  },
});
const BOTH = [pass("plan"), pass("apply")];

describe("a run against the mock provider", () => {
  it("is good when both runs pass, and what is protected rejects", () => {
    expect(faultsOfRun(BOTH, [])).toEqual([]);
    expect(
      faultsOfRun([...BOTH, rejection("databricks_schema.a")], ["databricks_schema.a", "databricks_catalog.b"]),
    ).toEqual([]);
  });

  it("is not good when protected resources go", () => {
    expect(faultsOfRun(BOTH, ["databricks_schema.a"])).toEqual(["protected resources let themselves be destroyed"]);
  });

  it("is not good when something else rejects, or fails", () => {
    expect(faultsOfRun([...BOTH, rejection("databricks_job.j")], [])).toEqual([
      expect.stringMatching(/^not meant to be protected: .*databricks_job.j/),
    ]);
    const broken: TestEvent = { diagnostic: { severity: "error", summary: "Invalid value", detail: "for name" } };
    expect(faultsOfRun([pass("plan"), broken], [])).toEqual([
      "apply against the mock provider did not pass",
      "Invalid value: for name",
    ]);
  });

  it("knows what is protected", () => {
    const resource = { databricks_schema: { a: { lifecycle: { prevent_destroy: true } }, b: {} } };
    expect(protectedResources({ resource })).toEqual(["databricks_schema.a"]);
  });
});

describe("npm run test:terraform where Terraform is not installed", () => {
  it("says that it tested nothing, and does not fail", () => {
    const root = join(__dirname, "../..");
    const { stdout, status } = spawnSync(process.execPath, [require.resolve("tsx/cli"), "test/terraform/test.ts"], {
      cwd: root,
      env: { HOME: process.env["HOME"] ?? "", PATH: "" },
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SKIPPED, nothing was tested: terraform is not installed/);
    expect(stdout).not.toContain("passed");
  });
});
