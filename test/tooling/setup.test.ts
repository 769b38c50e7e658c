import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { script, temporaryFolder } from "./processes";

const SETUP = "scripts/setup.mjs";

/** A folder for PATH that holds only these programs; each prints a text. */
function programs(texts: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(texts)) {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' '${text}'\n`);
    chmodSync(file, 0o755);
  }
  return folder;
}

const JAVA_17 = 'openjdk version "17.0.15" 2025-04-15';
const PYTHON_312 = "3.12.1\n/usr/bin/python3\nvenv";

/** Set-up with nothing on the machine but these programs, and an empty `.tools`. */
function setupWith(texts: Record<string, string>, env: Record<string, string> = {}) {
  const tools = temporaryFolder();
  return script(SETUP, [], { PATH: programs(texts), JAVA_HOME: undefined, MEDALLION_TOOLS: tools, ...env });
}

describe.skipIf(process.platform === "win32")("what the machine must have", () => {
  it.each([
    ["no Python", { java: JAVA_17 }, "No Python 3.10 or newer (looked for python3, python,"],
    ["an old Python", { java: JAVA_17, python3: "3.8.10\n/usr/bin/python3\nvenv" }, "found only: python3 is 3.8.10"],
    ["a Python without venv", { java: JAVA_17, python3: "3.11.2\n/usr/bin/python3\nno venv" }, "python3-venv"],
    ["no Java", { python3: PYTHON_312 }, "No Java found: install Java 17 or 21"],
    [
      "Java 11",
      { python3: PYTHON_312, java: 'openjdk version "11.0.2"' },
      "Java 11 (java) is too old for Spark: install",
    ],
    [
      "Java 8",
      { python3: PYTHON_312, java: 'java version "1.8.0_392"' },
      "Java 8 (java) is too old for Spark: install",
    ],
  ])("%s is one clear sentence", (_, texts, message) => {
    const { status, stdout, stderr } = setupWith(texts as Record<string, string>);
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("names every missing thing at once", () => {
    const { status, stderr } = setupWith({});
    expect(status).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringContaining("No Python 3.10 or newer"),
      expect.stringContaining("No Java found"),
    ]);
  });

  it("says when JAVA_HOME points to nothing", () => {
    const { status, stderr } = setupWith({ python3: PYTHON_312, java: JAVA_17 }, { JAVA_HOME: "/nowhere" });
    expect(status).toBe(1);
    expect(stderr).toContain("JAVA_HOME is /nowhere, but there is no /nowhere/bin/java");
  });

  it("tries only MEDALLION_PYTHON when that is set", () => {
    const { stderr } = setupWith({ python3: PYTHON_312, java: JAVA_17 }, { MEDALLION_PYTHON: "/nowhere/python" });
    expect(stderr).toContain("looked for /nowhere/python");
  });

  it("rejects an unknown option", () => {
    const { status, stderr } = script(SETUP, ["--everything"]);
    expect(status).toBe(1);
    expect(stderr).toContain("--everything");
    expect(stderr).not.toContain("    at ");
  });
});

describe("Node", () => {
  it.each(["20.9.0", "v20.20.2", "22.0.0", "24.1.0"])("%s will do", async (version) => {
    const { nodeFault } = await import("../../scripts/setup/node.mjs");
    expect(nodeFault(version)).toBeUndefined();
  });

  it.each(["20.8.1", "18.19.0", "v8.17.0"])("%s is too old", async (version) => {
    const { nodeFault } = await import("../../scripts/setup/node.mjs");
    expect(nodeFault(version)).toBe(
      `Node ${version} is too old: install Node 20.9 or newer (nodejs.org, or your package manager).`,
    );
  });
});

describe("a killed set-up", () => {
  /** Asks a set-up module a question, with its tools elsewhere. */
  function ask(tools: string, module: string, expression: string): string {
    const code = `import(${JSON.stringify(`./scripts/setup/${module}.mjs`)}).then((m) => console.log(m.${expression}))`;
    return script("-e", [code], { MEDALLION_TOOLS: tools }).stdout.trim();
  }

  function environment(): { tools: string; venv: string } {
    const tools = temporaryFolder();
    const venv = join(tools, "python");
    const bin = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
    mkdirSync(join(venv, bin[0] as string), { recursive: true });
    writeFileSync(join(venv, ...bin), "");
    return { tools, venv };
  }

  it("does not leave a Python environment that looks complete", async () => {
    const { sha256 } = await import("../../scripts/setup/shell.mjs");
    const { tools, venv } = environment();
    expect(ask(tools, "python", "pythonReady()")).toBe("false");
    writeFileSync(
      join(venv, ".complete"),
      sha256(readFileSync("requirements/build.lock"), readFileSync("requirements/local.lock")),
    );
    expect(ask(tools, "python", "pythonReady()")).toBe("true");
    writeFileSync(join(venv, ".installing"), "");
    expect(ask(tools, "python", "pythonReady()")).toBe("false");
  });

  it("is noticed when the lock file changed since", () => {
    const { tools, venv } = environment();
    writeFileSync(join(venv, ".complete"), "another lock file");
    expect(ask(tools, "python", "pythonReady()")).toBe("false");
  });

  it("does not keep the next one out", () => {
    const tools = temporaryFolder();
    writeFileSync(join(tools, ".setup.lock"), "999999999");
    const code = `import("./scripts/setup/once.mjs").then(async (m) => { const done = await m.setupLock(); console.log("mine"); done(); })`;
    expect(script("-e", [code], { MEDALLION_TOOLS: tools })).toMatchObject({ status: 0, stdout: "mine\n", stderr: "" });
  });
});
