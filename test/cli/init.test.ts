import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { init } from "../../cli/init/command";
import { pipelineName } from "../../cli/init/project";
import { loadProject } from "../../spec";

const ROOT = join(__dirname, "..", "..");

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "medallion-init-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const at = (...parts: string[]) => join(scratch, ...parts);
const read = (...parts: string[]) => readFileSync(at(...parts), "utf8");

describe("medallion init", () => {
  it.each(["aws", "azure", "gcp"])("makes a project for %s whose config is sound", (cloud) => {
    expect(init(at("Web Shop"), { cloud })).toMatch(/^Made the pipeline web_shop in /);
    const project = loadProject(at("Web Shop"));
    expect(project.pipeline.name).toBe("web_shop");
    expect(project.topics.map(({ name }) => name)).toEqual(["orders"]);
    expect(project.environments).toMatchObject([{ name: "dev", cloud, mode: "development" }]);
    expect(project.gold.map(({ name }) => name)).toEqual(["order_totals"]);
    expect(existsSync(at("Web Shop", ".gitignore"))).toBe(true);
    expect(existsSync(at("Web Shop", ".github"))).toBe(false);
  });

  it("makes an app that synthesizes", () => {
    init(at("shop"), { cloud: "aws" });
    symlinkSync(join(ROOT, "node_modules"), at("shop", "node_modules"));
    // What npm would install as medallion is this checkout.
    const { compilerOptions } = JSON.parse(read("shop", "tsconfig.json"));
    const paths = {
      medallion: [join(ROOT, "constructs", "index.ts")],
      "medallion/spec": [join(ROOT, "spec", "index.ts")],
    };
    writeFileSync(
      at("shop", "linked.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, paths }, include: ["*.ts"] }),
    );
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== "MEDALLION_STACKS"));
    const node = (script: string, ...args: string[]) =>
      spawnSync(process.execPath, [join(ROOT, "node_modules", script), ...args], {
        cwd: at("shop"),
        encoding: "utf8",
        env: { ...env, CDKTF_OUTDIR: at("out") },
      });
    expect(node("tsx/dist/cli.mjs", "--tsconfig", "linked.json", "main.ts").stderr).toBe("");
    const stack = JSON.parse(read("out", "stacks", "dev", "cdk.tf.json"));
    expect(Object.keys(stack.resource)).toEqual(expect.arrayContaining(["databricks_job", "databricks_schema"]));
  });

  it("asks npm for what it was tested with", () => {
    init(at("shop"), { cloud: "aws", package: "file:medallion-0.1.0.tgz" });
    const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const made = JSON.parse(read("shop", "package.json"));
    const tested = { ...own.dependencies, ...own.devDependencies };
    expect(made.dependencies["medallion"]).toBe("file:medallion-0.1.0.tgz");
    expect(made.dependencies["cdktf"]).toBe(tested["cdktf"]);
    for (const version of Object.values({ ...made.dependencies, ...made.devDependencies }))
      expect(version).toMatch(/\S/);
  });

  it("brings workflows and runnable scripts along", () => {
    init(at("shop"), { cloud: "aws", ci: true });
    expect(read("shop", ".github", "workflows", "deploy.yml")).toContain("apply-prod");
    expect(statSync(at("shop", "scripts", "ci", "plan.sh")).mode & 0o100).toBe(0o100);
  });

  it("never overwrites, and then writes nothing", () => {
    mkdirSync(at("shop"));
    writeFileSync(at("shop", "main.ts"), "mine");
    expect(() => init(at("shop"), { cloud: "aws" })).toThrow(/has main\.ts already; nothing was written/);
    expect(read("shop", "main.ts")).toBe("mine");
    expect(existsSync(at("shop", "package.json"))).toBe(false);
  });

  it("may be given a folder that holds other things", () => {
    mkdirSync(at("shop", ".git"), { recursive: true });
    expect(init(at("shop"), { cloud: "aws", name: "till" })).toMatch(/^Made the pipeline till/);
  });

  it("refuses a name that cannot be one", () => {
    expect(() => init(at("shop"), { cloud: "aws", name: "Web Shop" })).toThrow(/no name for a pipeline/);
  });

  it.each([
    ["/x/Web Shop", "web_shop"],
    ["/x/2024-sales.", "sales"],
    ["/x/...", "medallion"],
    ["/x/ü", "medallion"],
  ])("names the pipeline after %s: %s", (folder, name) => expect(pipelineName(folder)).toBe(name));
});
