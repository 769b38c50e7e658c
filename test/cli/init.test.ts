import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { init } from "../../cli/init/command";
import { CLOUD_NAMES, type Cloud, pipelineName } from "../../cli/init/project";
import { loadProject } from "../../spec";

const ROOT = join(__dirname, "..", "..");

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "medallion-init-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const at = (...parts: string[]) => join(scratch, ...parts);
const read = (...parts: string[]) => readFileSync(at(...parts), "utf8");

const CLOUDS = Object.keys(CLOUD_NAMES) as Cloud[];
const start = (dir: string, options: Partial<Parameters<typeof init>[1]> = {}) =>
  init(dir, { cloud: "aws", framework: "cdktn", package: "0.1.0", ...options });

/** Runs the app of a project as cdktf does, with this checkout in the place of the package. */
function synth(env: Record<string, string> = {}) {
  if (!existsSync(at("shop", "node_modules"))) {
    symlinkSync(join(ROOT, "node_modules"), at("shop", "node_modules"));
    const { compilerOptions } = JSON.parse(read("shop", "tsconfig.json"));
    const paths = {
      medallion: [join(ROOT, "constructs", "index.ts")],
      "medallion/spec": [join(ROOT, "spec", "index.ts")],
    };
    writeFileSync(
      at("shop", "linked.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, paths }, include: ["*.ts"] }),
    );
  }
  const out = mkdtempSync(at("out-"));
  const clean = Object.entries(process.env).filter(([name]) => !/^(MEDALLION|CDKTF)/.test(name));
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "node_modules/tsx/dist/cli.mjs"), "--tsconfig", "linked.json", "main.ts"],
    { cwd: at("shop"), encoding: "utf8", env: { ...Object.fromEntries(clean), CDKTF_OUTDIR: out, ...env } },
  );
  const names = existsSync(join(out, "stacks")) ? readdirSync(join(out, "stacks")).sort() : [];
  const stacks = Object.fromEntries(
    names.map((name) => [name, JSON.parse(readFileSync(join(out, "stacks", name, "cdk.tf.json"), "utf8"))]),
  );
  return { status, stderr, stacks };
}

/** Stacks that the workflows of a project name. */
function stacksOfWorkflows(): string[] {
  const folder = at("shop", ".github", "workflows");
  const jobs = readdirSync(folder).flatMap((name) =>
    Object.values(parse(readFileSync(join(folder, name), "utf8")).jobs as Record<string, Job>),
  );
  return jobs.flatMap((job) => [job.with?.["stack"], ...(job.strategy?.matrix["stack"] ?? [])]).filter(isName);
}
interface Job {
  readonly with?: Record<string, string>;
  readonly strategy?: { readonly matrix: Record<string, string[]> };
}
const isName = (text: string | undefined): text is string => text !== undefined && !text.includes("{");

describe("medallion init", () => {
  it.each(CLOUDS)("makes a project for %s whose config is sound", (cloud) => {
    expect(start(at("Web Shop"), { cloud })).toMatch(/^Made the pipeline web_shop in /);
    const project = loadProject(at("Web Shop"));
    expect(project.pipeline.name).toBe("web_shop");
    expect(project.topics.map(({ name }) => name)).toEqual(["orders"]);
    expect(project.environments).toMatchObject([
      { name: `dev-${cloud}`, cloud, mode: "development", catalog: { name: "web_shop_dev" } },
      { name: "local", cloud, mode: "development", catalog: { name: "web_shop_local" } },
    ]);
    expect(project.gold.map(({ name }) => name)).toEqual(["order_totals"]);
    expect(existsSync(at("Web Shop", ".gitignore"))).toBe(true);
    expect(existsSync(at("Web Shop", ".github"))).toBe(false);
    expect(readFileSync(at("Web Shop", "config", "environments", "local.yaml"), "utf8")).not.toContain(
      cloud === "aws" ? "medallion_" : "AWS",
    );
  });

  it("makes an app that takes the variables which the guides name, as the one of this repository does", () => {
    start(at("shop"), { ci: "github" });
    const all = synth();
    expect([all.status, all.stderr]).toEqual([0, ""]);
    expect(Object.keys(all.stacks)).toEqual(["dev-aws", "local", "prod-aws", "staging-aws"]);
    expect(Object.keys(all.stacks["local"].resource)).toEqual(
      expect.arrayContaining(["databricks_job", "databricks_schema"]),
    );

    const environment = at("shop", "config", "environments", "dev-aws.yaml");
    const state = "{ s3: { bucket: ours, region: eu-central-1, key: shop/dev.tfstate } }";
    writeFileSync(environment, readFileSync(environment, "utf8").replace("{ local: {} }", state));
    const { stacks } = synth({ MEDALLION_DEVELOPER: "Jane", MEDALLION_STACKS: "dev-aws" });
    expect(Object.keys(stacks)).toEqual(["dev-aws"]);
    const schemas = Object.values<{ name: string }>(stacks["dev-aws"].resource.databricks_schema);
    expect(schemas.every(({ name }) => name.startsWith("jane_"))).toBe(true);
    expect(stacks["dev-aws"].terraform.backend.s3.key).toBe("shop/dev-jane.tfstate");

    const trial = synth({ MEDALLION_LOCAL_STATE: "1", MEDALLION_STACKS: "prod-aws" });
    expect(Object.keys(trial.stacks["prod-aws"].terraform.backend)).toEqual(["local"]);

    const unknown = synth({ MEDALLION_STACKS: "dev-aws,typo" });
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toBe(
      "MEDALLION_STACKS names typo; config/environments has dev-aws, local, prod-aws, staging-aws\n",
    );
    expect(unknown.stacks).toEqual({});
  });

  it("brings this package along, since a path of this machine means nothing to others", () => {
    writeFileSync(at("medallion-0.1.0.tgz"), "packed");
    start(at("shop"), { package: at("medallion-0.1.0.tgz") });
    expect(JSON.parse(read("shop", "package.json")).dependencies.medallion).toBe("file:vendor/medallion-0.1.0.tgz");
    expect(read("shop", "vendor", "medallion-0.1.0.tgz")).toBe("packed");
  });

  it("asks npm for what it was tested with", () => {
    start(at("shop"));
    const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const made = JSON.parse(read("shop", "package.json"));
    const tested = { ...own.dependencies, ...own.devDependencies };
    expect(made.dependencies["medallion"]).toBe("0.1.0");
    for (const name of ["@types/node", "tsx", "typescript"]) expect(made.devDependencies[name]).toBe(tested[name]);
  });

  it("takes cdktn by the names of cdktf, or cdktf itself, of the versions of this package", () => {
    const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    start(at("shop"));
    start(at("older"), { framework: "cdktf" });
    const [made, older] = ["shop", "older"].map((name) => JSON.parse(read(name, "package.json")));
    const names = ["@cdktf/provider-databricks", "cdktf", "constructs", "medallion"];
    for (const { dependencies } of [made, older]) expect(Object.keys(dependencies)).toEqual(names);
    expect(made.dependencies["cdktf"]).toBe(`npm:cdktn@${made.overrides.cdktn}`);
    expect(made.devDependencies["cdktn-cli"]).toBe(made.overrides.cdktn);
    expect(made.devDependencies).not.toHaveProperty("cdktf-cli");
    for (const name of names.slice(0, 3)) expect(older.dependencies[name]).toBe(own.devDependencies[name]);
    expect(older.devDependencies["cdktf-cli"]).toBe(own.devDependencies["cdktf-cli"]);
    expect(older.overrides).toBeUndefined();
    for (const [name, command] of [
      ["shop", "cdktn"],
      ["older", "cdktf"],
    ] as const)
      for (const page of ["README.md", "AGENTS.md"])
        expect(read(name, page).match(/\w+(?= deploy)/g), page).toContain(command);
    expect(read("shop", "AGENTS.md")).not.toMatch(/cdktf deploy|\{\{/);
  });

  it.each(CLOUDS)("brings workflows and runnable scripts along, for environments on %s that are there", (cloud) => {
    start(at("shop"), { cloud, ci: "github" });
    const environments = loadProject(at("shop")).environments.map(({ name }) => name);
    const named = stacksOfWorkflows();
    expect(named.length).toBeGreaterThan(6);
    for (const name of named) expect(environments).toContain(name);
    expect(statSync(at("shop", "scripts", "ci", "plan.sh")).mode & 0o100).toBe(0o100);
  });

  it("never overwrites, and then writes nothing", () => {
    mkdirSync(at("shop"));
    writeFileSync(at("shop", "main.ts"), "mine");
    expect(() => start(at("shop"))).toThrow(/has main\.ts already; nothing was written/);
    expect(read("shop", "main.ts")).toBe("mine");
    expect(existsSync(at("shop", "package.json"))).toBe(false);
  });

  it("may be given a folder that holds other things", () => {
    mkdirSync(at("shop", ".git"), { recursive: true });
    expect(start(at("shop"), { name: "till" })).toMatch(/^Made the pipeline till/);
  });

  it("rejects a name that cannot be one", () => {
    expect(() => start(at("shop"), { name: "Web Shop" })).toThrow(/no name for a pipeline/);
  });

  it.each([
    ["/x/Web Shop", "web_shop"],
    ["/x/2024-sales.", "sales"],
    ["/x/...", "medallion"],
    ["/x/ü", "medallion"],
  ])("names the pipeline after %s: %s", (folder, name) => expect(pipelineName(folder)).toBe(name));
});
