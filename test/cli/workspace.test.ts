import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { folder, medallion } from "./support/command";

it("starts in the background, prints how to talk to it, goes on where it was, and stops", {
  timeout: 180_000,
}, async () => {
  const cwd = folder();
  onTestFinished(async () => void (await medallion(["workspace", "stop"], {}, cwd)));
  const started = await medallion(["workspace", "--port", "0"], {}, cwd);
  expect([started.code, started.stderr]).toEqual([0, ""]);
  const said = (name: string) => new RegExp(`export ${name}=(\\S+)`).exec(started.stdout)?.[1] ?? "";
  const ask = (path: string) =>
    fetch(`${said("DATABRICKS_HOST")}${path}`, { headers: { authorization: `Bearer ${said("DATABRICKS_TOKEN")}` } });
  expect(await (await ask("/api/2.0/preview/scim/v2/Me")).json()).toMatchObject({ userName: "deployer" });
  expect(started.stdout).toContain("npx --no-install medallion workspace stop");
  const again = await medallion(["workspace"], {}, cwd);
  expect([again.code, again.stdout]).toEqual([0, started.stdout]);
  const stopped = await medallion(["workspace", "stop"], {}, cwd);
  expect([stopped.code, stopped.stdout.startsWith("Stopped.")]).toEqual([0, true]);
  await expect(ask("/local/resources")).rejects.toThrow();
  const kept = join(cwd, ".medallion-workspace");
  expect(existsSync(join(kept, "state.sqlite"))).toBe(true);
  expect(readFileSync(join(kept, "token"), "utf8")).toBe(said("DATABRICKS_TOKEN"));
});

it("says why it cannot start", { timeout: 60_000 }, async () => {
  const cwd = folder();
  const { code, stderr } = await medallion(["workspace", "--port", "0", "--faults", "none.json"], {}, cwd);
  expect(code).toBe(2);
  expect(stderr).toMatch(/none\.json cannot be read as faults/);
});

it("prints the token of a principal, the same each time and another for each", { timeout: 60_000 }, async () => {
  const cwd = folder();
  const token = (...more: string[]) => medallion(["workspace", "token", ...more], {}, cwd);
  const ana = await token("--principal", "ana", "--group", "analysts");
  expect([ana.code, ana.stdout]).toEqual([0, expect.stringMatching(/^local-[\w-]+\.[0-9a-f]{32}\n$/)]);
  expect((await token("--principal", "ana", "--group", "analysts")).stdout).toBe(ana.stdout);
  expect((await token("--principal", "ana")).stdout).not.toBe(ana.stdout);
  const nobody = await token();
  expect(nobody.code).toBe(2);
  expect(nobody.stderr).toContain("workspace token needs --principal <name>");
});
