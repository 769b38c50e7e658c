import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { javaMajor } from "../../cli/machine";
import { toolsFolder, userFolder, userPath } from "../../cli/paths";
import { localArguments } from "../../cli/run";
import { fakeTools, folder, medallion, ROOT, start } from "./support/command";

describe("medallion run", () => {
  it("synthesizes the stack and hands everything on to Python, with paths as the user meant them", async () => {
    const { tools, calls } = fakeTools(`cp -r "$4" '${join(tmpdir(), "nothing")}' 2>/dev/null; ls "$4" >&2; exit 0`);
    const cwd = folder();
    const args = ["run", "--data", "my data", "--out", "out", "--reset", "--json", "--loop", "--interval", "2.5"];
    const { code, stdout, stderr } = await medallion(
      [...args, "--max-iterations", "3"],
      { MEDALLION_TOOLS: tools },
      cwd,
    );
    expect(stderr).toContain("cdk.tf.json");
    expect(code).toBe(0);
    expect(stdout).toBe("");
    const [where, path, ...given] = calls();
    expect([where, path]).toEqual([ROOT, ROOT]);
    expect(given.slice(0, 3)).toEqual(["-m", "local", "--stack-dir"]);
    const stackDir = given[3] ?? "";
    expect(stackDir).toMatch(/stacks[\\/]local$/);
    expect(given.slice(4)).toEqual(
      ["--out", join(cwd, "out"), "--data", join(cwd, "my data"), "--reset"].concat([
        "--loop",
        "--interval",
        "2.5",
        "--max-iterations",
        "3",
        "--json",
      ]),
    );
    // The synthesized stack was in a folder of its own, which is gone; nothing else was touched.
    expect(existsSync(stackDir)).toBe(false);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("ends with Python's exit status", async () => {
    const { tools } = fakeTools("exit 7");
    expect((await medallion(["run"], { MEDALLION_TOOLS: tools })).code).toBe(7);
    const killed = fakeTools("kill -9 $$");
    expect((await medallion(["run"], { MEDALLION_TOOLS: killed.tools })).code).toBe(137);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("hands %s on, and waits for the clean stop", async (signal) => {
    const name = signal.slice(3);
    const { tools } = fakeTools(`trap 'echo stopping; exit 0' ${name}\necho ready\nwhile :; do sleep 0.05; done`);
    // The signal comes while the command still stands in the call that started Python.
    const late = join(folder(), "late.cjs");
    writeFileSync(
      late,
      `const processes = require("node:child_process"), { spawn } = processes;
      processes.spawn = (...given) => {
        const child = spawn(...given);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
        return child;
      };`,
    );
    const { child, end, text } = start(["run"], { MEDALLION_TOOLS: tools, NODE_OPTIONS: `--require ${late}` });
    while (!text.stdout.includes("ready")) await new Promise((next) => setTimeout(next, 20));
    child.kill(signal);
    const { code, stdout } = await end;
    expect(stdout).toBe("ready\nstopping\n");
    expect(code).toBe(0);
  });

  it("runs the app of the user's own project", async () => {
    const { tools, calls } = fakeTools("exit 0");
    const app = folder();
    const script = `const { mkdirSync, writeFileSync } = require("node:fs");
      const dir = process.env.CDKTF_OUTDIR + "/stacks/" + process.env.MEDALLION_STACKS;
      mkdirSync(dir, { recursive: true }); writeFileSync(dir + "/cdk.tf.json", "{}"); console.log("synthesized");`;
    writeFileSync(join(app, "app.cjs"), script);
    writeFileSync(join(app, "cdktf.json"), JSON.stringify({ app: "node app.cjs" }));
    const { code, stdout, stderr } = await medallion(["run", "--stack", "mine"], { MEDALLION_TOOLS: tools }, app);
    expect([code, stdout, stderr]).toEqual([0, "", "synthesized\n"]);
    expect(calls()).toContain(join(app, ".medallion"));
  });
});

describe("bad input is one clear sentence, and nothing is written", () => {
  const cases: [string, string[], () => Record<string, string | undefined>, string][] = [
    ["an unknown stack", ["--stack", "mars"], () => ({}), "There is no stack mars; there are dev-aws, "],
    ["no set-up", [], () => ({ MEDALLION_TOOLS: folder() }), "There is no Python environment in "],
    ["no Java", [], () => ({ JAVA_HOME: undefined, PATH: folder() }), "No Java found: install Java 17 or 21"],
    ["a wrong JAVA_HOME", [], () => ({ JAVA_HOME: folder() }), "JAVA_HOME is "],
    ["too old a Java", [], () => ({ JAVA_HOME: oldJava() }), "Java 11 ("],
  ];

  it.each(cases)("%s", async (_, args, env, message) => {
    const cwd = folder();
    const { code, stdout, stderr } = await medallion(
      ["run", "--json", ...args],
      { MEDALLION_TOOLS: fakeTools("exit 0").tools, ...env() },
      cwd,
    );
    expect(stderr).toContain(`medallion: ${message}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([2, ""]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("missing jars", async () => {
    const { tools } = fakeTools("exit 0");
    rmSync(join(tools, "jars"), { recursive: true });
    const { code, stderr } = await medallion(["run"], { MEDALLION_TOOLS: tools });
    expect(stderr).toMatch(/^medallion: The jars of Delta are not in .*: run `npx --no-install medallion setup`\.\n$/);
    expect(code).toBe(2);
  });

  it("an app without that stack", async () => {
    const app = folder();
    writeFileSync(join(app, "cdktf.json"), JSON.stringify({ app: "true" }));
    const { code, stderr } = await medallion(
      ["run", "--stack", "x"],
      { MEDALLION_TOOLS: fakeTools("exit 0").tools },
      app,
    );
    expect(stderr).toContain("could not be synthesized");
    expect(code).toBe(2);
  });

  it.each([
    [["--interval", "0"], "A positive number is wanted"],
    [["--interval", "soon"], "A positive number is wanted"],
    [["--loop", "--max-iterations", "1.5"], "A positive whole number is wanted"],
    [["--max-iterations", "2"], "--max-iterations is for --loop"],
    [["--frobnicate"], "unknown option '--frobnicate'"],
  ])("%j", async (args, message) => {
    const { code, stderr } = await medallion(["run", ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});

describe("small parts", () => {
  it("takes paths relative to where npm was called", () => {
    const env = { npm_package_json: "/repo/package.json", INIT_CWD: "/home/ana" };
    expect(userFolder(env, "/repo")).toBe("/home/ana");
    // INIT_CWD may be left over from an npm further up.
    expect(userFolder(env, "/elsewhere")).toBe("/elsewhere");
    expect(userFolder({ INIT_CWD: "/home/ana" }, "/repo")).toBe("/repo");
    expect(userPath("a/b", "/home/ana")).toBe(resolve("/home/ana/a/b"));
    expect(userPath("/abs", "/home/ana")).toBe("/abs");
    expect(toolsFolder({})).toBe(join(ROOT, ".tools"));
    expect(toolsFolder({ MEDALLION_TOOLS: "/t" })).toBe(resolve("/t"));
  });

  it("reads Java's version", () => {
    expect(javaMajor('openjdk version "17.0.15" 2025-04-15')).toBe(17);
    expect(javaMajor('java version "1.8.0_402"')).toBe(8);
    expect(javaMajor('openjdk version "21" 2023-09-19')).toBe(21);
    expect(javaMajor("command not found")).toBeUndefined();
  });

  it("hands on only what was asked for", () => {
    const options = { stack: "local", out: "/o", interval: 10 };
    expect(localArguments("/s", options, false)).toEqual(["--stack-dir", "/s", "--out", "/o"]);
  });

  it("lands the sample data in this package's own project alone, where no others are given", () => {
    const options = { stack: "local", out: "/o", interval: 10 };
    expect(localArguments("/s", options)).toContain("--sample");
    expect(localArguments("/s", { ...options, data: "/d" })).not.toContain("--sample");
    expect(localArguments("/s", { ...options, action: { name: "doctor", arguments: {} } })).not.toContain("--sample");
  });
});

function oldJava(): string {
  const home = folder();
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin", "java"), `#!/bin/sh\necho 'openjdk version "11.0.2" 2019-01-15' >&2\n`);
  chmodSync(join(home, "bin", "java"), 0o755);
  return home;
}
