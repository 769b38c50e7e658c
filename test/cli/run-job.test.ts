import { expect, it } from "vitest";
import { folder, medallion } from "./support/command";

it("says that it knows no workspace, and hands on what it is given", { timeout: 120_000 }, async () => {
  const cwd = folder();
  const nowhere = { HOME: cwd, DATABRICKS_HOST: "", DATABRICKS_TOKEN: "", DATABRICKS_CONFIG_PROFILE: "" };
  const { code, stdout, stderr } = await medallion(["run-job", "shop", "--param", "a=b"], nowhere, cwd);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^medallion run-job: no workspace is known: set DATABRICKS_HOST and DATABRICKS_TOKEN/);
  const param = await medallion(["run-job", "shop", "--param"], nowhere, cwd);
  expect([param.code, param.stderr]).toEqual([1, expect.stringContaining("argument missing")]);
});
