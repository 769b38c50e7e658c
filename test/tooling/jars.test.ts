import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { execute, ROOT, temporaryFolder } from "./processes";

const TOOLS = process.env["MEDALLION_TOOLS"] ?? join(ROOT, ".tools");
const CONTENT = "the content of a jar";

/** A project with one locked jar, and a Maven repository on disk that has a jar of that name with some content. */
async function projectWith(content: string) {
  const { sha256 } = await import("../../scripts/setup/shell.mjs");
  const root = temporaryFolder();
  cpSync(join(ROOT, "scripts", "setup"), join(root, "scripts", "setup"), { recursive: true });
  mkdirSync(join(root, "requirements"));
  const jar = { coordinates: "org.example:thing:1.0", sha256: sha256(CONTENT), size: CONTENT.length };
  writeFileSync(join(root, "requirements", "jars.json"), JSON.stringify({ "spark-4.2": [jar] }));
  mkdirSync(join(root, ".tools"));
  symlinkSync(join(TOOLS, "python"), join(root, ".tools", "python"));
  const folder = join(root, "maven", "org", "example", "thing", "1.0");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "thing-1.0.jar"), content);
  writeFileSync(
    join(folder, "thing-1.0.pom"),
    `<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>thing</artifactId><version>1.0</version></project>`,
  );
  return { root, maven: pathToFileURL(join(root, "maven")).href };
}

function install(root: string, maven: string) {
  const code = `
    const jars = await import("./scripts/setup/jars.mjs");
    try { if (!jars.jarsReady("spark-4.2")) jars.installJars("spark-4.2", "java"); console.log(jars.jarsReady("spark-4.2")); }
    catch (error) { console.log(error.constructor.name + ": " + error.message); process.exitCode = 1; }`;
  return execute(process.execPath, ["--input-type=module", "-e", code], {
    cwd: root,
    env: { MEDALLION_MAVEN: maven, MEDALLION_TOOLS: undefined },
  });
}

describe("jars", () => {
  it("come from the repository that MEDALLION_MAVEN names, once", async () => {
    const { root, maven } = await projectWith(CONTENT);
    expect(install(root, maven)).toMatchObject({ status: 0, stdout: "true\n" });
    expect(readdirSync(join(root, ".tools", "jars"))).toEqual(["spark-4.2"]);
    expect(readdirSync(join(root, ".tools", "jars", "spark-4.2"))).toEqual(["thing-1.0.jar"]);
    expect(readFileSync(join(root, ".tools", "jars", "spark-4.2", "thing-1.0.jar"), "utf8")).toBe(CONTENT);
    expect(install(root, "file:///nowhere/")).toMatchObject({ status: 0, stdout: "true\n", stderr: "" });
  });

  it("with another content are rejected, and nothing of them stays", async () => {
    const { root, maven } = await projectWith("something else entirely");
    const { status, stdout } = install(root, maven);
    expect(status).toBe(1);
    expect(stdout).toContain("SetupError: org.example:thing:1.0 is not what requirements/jars.json says");
    expect(readdirSync(join(root, ".tools", "jars"))).toEqual([]);
  });

  it("that cannot be had are one clear sentence at the end", async () => {
    const { root } = await projectWith(CONTENT);
    const { status, stdout } = install(root, pathToFileURL(join(root, "nowhere")).href);
    expect(status).toBe(1);
    expect(stdout).toContain("could not be fetched from the Maven repository; behind a firewall, set MEDALLION_MAVEN");
    expect(existsSync(join(root, ".tools", "jars", "spark-4.2"))).toBe(false);
  });

  it("of an older version beside them are noticed", async () => {
    const { root, maven } = await projectWith(CONTENT);
    install(root, maven);
    const folder = join(root, ".tools", "jars", "spark-4.2");
    copyFileSync(join(folder, "thing-1.0.jar"), join(folder, "thing-0.9.jar"));
    install(root, maven);
    expect(readdirSync(folder)).toEqual(["thing-1.0.jar"]);
  });
});
