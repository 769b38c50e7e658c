import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type AppRun, runApp } from "./support/app";
import { sanitized } from "./support/golden";
import { type Attributes, view } from "./support/synth";

const STACKS = [
  "dev-aws",
  "dev-azure",
  "dev-gcp",
  "free",
  "local",
  "prod-aws",
  "prod-azure",
  "prod-gcp",
  "staging-aws",
  "staging-azure",
  "staging-gcp",
];

/** Every string in a value, keys too. */
function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...strings(inner)]);
}

const landingOf = (stack: Attributes) =>
  (view(stack).only("databricks_job")["parameter"] as { name: string; default: string }[]).find(
    ({ name }) => name === "landing",
  )?.default;

describe("main.ts without credentials", () => {
  let app: AppRun;
  beforeAll(async () => {
    app = await runApp();
  });

  it("synthesizes one stack per environment", () => {
    expect(app.stderr).toBe("");
    expect(Object.keys(app.stacks)).toEqual(STACKS);
  });

  it.each(STACKS)("%s refers to other resources in the plain way only, and to ones that are there", (name) => {
    const stack = app.stacks[name] ?? {};
    const declared = new Set(
      Object.entries(view(stack).resources).flatMap(([type, all]) => Object.keys(all).map((id) => `${type}.${id}`)),
    );
    const expressions = strings(stack).flatMap((text) => text.match(/[$%]\{[^}]*\}?/g) ?? []);
    expect(expressions.length).toBeGreaterThan(0);
    for (const expression of expressions) {
      const [, target] = /^\$\{(\w+\.[\w-]+)\.[a-z_]+\}$/.exec(expression) ?? [];
      expect(declared, expression).toContain(target);
    }
  });

  it.each(STACKS)("%s has its files where it says, and no content in it", (name) => {
    const { resources } = view(app.stacks[name] ?? {});
    const files = ["databricks_notebook", "databricks_workspace_file"].flatMap((type) =>
      Object.values(resources[type] ?? {}),
    );
    expect(files).toHaveLength(9);
    for (const { source, content_base64 } of files) {
      expect(content_base64).toBeUndefined();
      expect(existsSync(join(app.out, "stacks", name, String(source)))).toBe(true);
    }
  });

  it.each(STACKS)("%s holds no path of this machine and pins the provider", (name) => {
    const text = JSON.stringify(app.stacks[name]);
    expect(text).not.toContain(process.cwd());
    expect(text).not.toContain(app.out);
    expect(app.stacks[name]).toMatchObject({
      terraform: { required_providers: { databricks: { version: "1.113.0" } } },
    });
    expect(app.stacks[name]?.["provider"]).toEqual({ databricks: [{}] });
  });

  it("protects what bears data in production, and nothing in development", () => {
    for (const [name, stack] of Object.entries(app.stacks)) {
      const { resources } = view(stack);
      const bearing = ["databricks_catalog", "databricks_schema", "databricks_volume", "databricks_sql_table"].flatMap(
        (type) => Object.values(resources[type] ?? {}),
      );
      const production = /^(prod|staging)-/.test(name);
      expect(bearing.every(({ lifecycle }) => (lifecycle !== undefined) === production)).toBe(true);
      expect(bearing.some(({ force_destroy }) => force_destroy === true)).toBe(!production);
    }
  });

  it("writes the pipeline document that the library gets", () => {
    const { source } =
      Object.values(view(app.stacks["local"] ?? {}).resources["databricks_workspace_file"] ?? {}).find(({ path }) =>
        String(path).endsWith("pipeline.json"),
      ) ?? {};
    const deployed = JSON.parse(readFileSync(join(app.out, "stacks", "local", String(source)), "utf8"));
    expect(deployed).toEqual(JSON.parse(readFileSync("pipelines/default_document.json", "utf8")));
  });

  it("gives the same stacks every time", async () => {
    const { stacks } = await runApp({ MEDALLION_STACKS: "local,prod-aws" });
    for (const [name, stack] of Object.entries(stacks))
      expect(sanitized(stack)).toBe(sanitized(app.stacks[name] ?? {}));
  });
});

describe("main.ts and the environment of the process", () => {
  it("makes a developer's own copy: names, folder, state; the landing volume is the shared one", async () => {
    const { stacks } = await runApp({ MEDALLION_DEVELOPER: "Jane.Doe", MEDALLION_STACKS: "dev-aws, prod-aws,local" });
    expect(Object.keys(stacks)).toEqual(["dev-aws", "local", "prod-aws"]);
    const { resources, only } = view(stacks["dev-aws"] ?? {});
    const schemas = Object.values(resources["databricks_schema"] ?? {}).map(({ name }) => name);
    expect(schemas).toEqual(["jane_doe_bronze", "jane_doe_gold", "jane_doe_ops", "jane_doe_silver"]);
    expect(only("databricks_job")).toMatchObject({ name: "jane_doe-retail-dev-aws", tags: { developer: "jane_doe" } });
    expect(only("databricks_volume")["name"]).toBe("checkpoints");
    expect(landingOf(stacks["dev-aws"] ?? {})).toBe("medallion_dev/bronze/landing");
    expect(stacks["dev-aws"]).toMatchObject({
      terraform: { backend: { local: { path: "../../../terraform.tfstate.d/retail/dev-aws/jane_doe.tfstate" } } },
    });
    // A created catalog is the shared copy's, too.
    expect(view(stacks["local"] ?? {}).counts["databricks_catalog"]).toBeUndefined();
    expect(JSON.stringify(stacks["prod-aws"])).not.toContain("jane");
  });

  it("keeps state on this machine for a trial", async () => {
    const { stacks } = await runApp({ MEDALLION_LOCAL_STATE: "1", MEDALLION_STACKS: "prod-gcp" });
    expect(stacks["prod-gcp"]).toMatchObject({
      terraform: { backend: { local: { path: "../../../terraform.tfstate.d/retail/prod-gcp.tfstate" } } },
    });
  });

  it("does not take a name without letters for nobody", async () => {
    const { status, stderr } = await runApp({ MEDALLION_DEVELOPER: "42" });
    expect(status).toBe(1);
    expect(stderr).toBe('MEDALLION_DEVELOPER "42" has no letter; give a name such as jane\n');
  });

  it("says which stacks there are", async () => {
    const { status, stderr, stacks } = await runApp({ MEDALLION_STACKS: "dev-aws,dev-ibm" });
    expect(status).not.toBe(0);
    expect(stderr).toContain("MEDALLION_STACKS names dev-ibm; config/environments has dev-aws, dev-azure");
    expect(stacks).toEqual({});
  });
});
