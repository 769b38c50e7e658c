import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../spec/project";

it("the synthesis benchmark runs in small: both sides declare the same, and its last line is JSON", () => {
  const command = [require.resolve("tsx/cli"), join(ROOT, "bench", "synth.ts"), "--json", "--rounds", "1"];
  const done = spawnSync(process.execPath, [...command, "--topics", "20,40"], { encoding: "utf8" });
  expect(done.status, done.stderr).toBe(0);
  const found = JSON.parse(done.stdout.trim().split("\n").at(-1) ?? "");
  expect(found).toMatchObject({ topics: 20, rounds: 1, at_4000: { topics: 40 } });
  expect(found.resources).toBeGreaterThan(30);
  expect(found.vs_raw).toBeGreaterThan(0);
}, 120_000);
