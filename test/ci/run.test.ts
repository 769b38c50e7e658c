import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

/** An `npm` that only says which script begins and ends, and fails where it is told to. */
const NPM = `#!/usr/bin/env bash
while [[ $1 == run || $1 == --silent ]]; do shift; done
echo "begin $1"
mkdir "$RUNNING/$1"
ls "$RUNNING" | wc -l | sed 's/^/at once: /'
if [[ $1 == test:slow ]]; then sleep 1; else sleep 0.2; fi
rmdir "$RUNNING/$1"
echo "end $1"
if [[ $1 == "$FAILS" ]]; then exit 7; fi
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "medallion-ci-"));
  for (const folder of [".ci", "bin", "running"]) mkdirSync(join(root, folder));
  copyFileSync(join(__dirname, "..", "..", ".ci", "run"), join(root, ".ci", "run"));
  writeFileSync(join(root, "bin", "npm"), NPM);
  chmodSync(join(root, "bin", "npm"), 0o755);
});
afterAll(() => rmSync(root, { recursive: true }));

function run(stages: string[], fails = "", signal = "") {
  const env = {
    ...process.env,
    PATH: `${join(root, "bin")}${delimiter}${process.env.PATH}`,
    RUNNING: join(root, "running"),
    FAILS: fails,
  };
  const script = [join(root, ".ci", "run"), ...stages];
  if (signal === "") return spawnSync("bash", script, { env, encoding: "utf8" });
  return spawnSync("timeout", ["--foreground", "-s", signal, "0.9", "bash", ...script], { env, encoding: "utf8" });
}

const TOGETHER = "test:slow+test:crash+test:kafka+test:pack";

it("runs scripts of a stage two at a time and says how long each took", () => {
  const { status, stdout } = run(["check", TOGETHER]);
  expect(status).toBe(0);
  for (const script of ["check", ...TOGETHER.split("+")]) {
    expect(stdout.split("\n")).toEqual(expect.arrayContaining([`begin ${script}`, `end ${script}`]));
    expect(stdout).toMatch(new RegExp(`^ +${script} +\\d+ s$`, "m"));
  }
  const atOnce = [...stdout.matchAll(/at once: (\d+)/g)].map(([, count]) => Number(count));
  expect(Math.max(...atOnce)).toBe(2);
  expect(stdout).toMatch(/^CI passed in \d+ s\.$/m);
});

it.each([TOGETHER, "test:crash"])("fails with the script that failed, after its neighbours have ended: %s", (stage) => {
  const { status, stdout, stderr } = run([stage, "test:terraform"], "test:crash");
  expect(status).toBe(7);
  expect(stderr).toContain(`CI FAILED in stage '${stage}': test:crash (exit status 7)`);
  for (const script of stage.split("+")) expect(stdout).toContain(`end ${script}`);
  expect(stdout).not.toContain("begin test:terraform");
});

it("does not pass when it is ended", () => {
  const { stderr, stdout } = run(["test:slow"], "", "TERM");
  expect(stderr).toMatch(/CI FAILED in stage '.+' \(exit status 143\)/);
  expect(stdout).not.toContain("CI passed");
});
