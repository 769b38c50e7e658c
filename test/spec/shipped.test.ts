import { readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { generatedFiles } from "../../scripts/generate/files";
import { loadProject } from "../../spec";
import { copyOfShipped, inProject, ROOT, SMALL } from "./project";

const project = loadProject(ROOT);
const generated = generatedFiles(ROOT);

describe("the shipped project", () => {
  it("has the eleven environments", () => {
    const clouds = ["aws", "azure", "gcp"];
    const stages = ["dev", "staging", "prod"].flatMap((stage) => clouds.map((cloud) => `${stage}-${cloud}`));
    expect(project.environments.map(({ name }) => name).sort()).toEqual([...stages, "free", "local"].sort());
  });

  it.each(project.environments.map((environment) => [environment.name, environment] as const))(
    "%s says its cloud and mode in its name",
    (name, { cloud, mode, backend, runAs, notifications }) => {
      const [stage, cloudInName] = name.split("-");
      expect(cloudInName ?? "aws").toBe(cloud);
      expect(mode).toBe(stage === "prod" || stage === "staging" ? "production" : "development");
      const shared = { aws: "s3", azure: "azurerm", gcp: "gcs" }[cloud];
      expect(Object.keys(backend)).toEqual([mode === "production" ? shared : "local"]);
      expect(runAs !== undefined && notifications.onFailure.length > 0).toBe(mode === "production");
    },
  );

  it("has three topics whose ids are typed by what arrives", () => {
    expect(project.topics.map(({ name, silver }) => [name, silver.mode, silver.keys, silver.sequenceBy])).toEqual([
      ["customers", "upsert", ["customer_id"], "updated_at"],
      ["orders", "upsert", ["order_id"], "updated_at"],
      ["sales", "upsert", ["sale_id"], "updated_at"],
    ]);
    expect(project.topics.flatMap(({ schema }) => Object.keys(schema.hints))).toEqual([
      "order_total",
      "unit_price",
      "cost",
    ]);
  });

  it("orders models after what they read", () => {
    expect(project.gold.map(({ name }) => name)).toEqual([
      "customer_profitability",
      "daily_kpis",
      "order_metrics",
      "revenue_margin",
      "weekly_kpis",
    ]);
  });

  it("groups every model by its grain", () => {
    for (const { name, grain, sql } of project.gold) {
      const clauses = [...sql.matchAll(/GROUP BY (.+)$/gm)].map(([, keys = ""]) => keys.split(/,\s*(?![^(]*\))/));
      expect(clauses, name).not.toHaveLength(0);
      for (const keys of clauses) expect(keys, name).toHaveLength(grain.length);
    }
  });

  it("gives the same document from a copy elsewhere", () => {
    const text = JSON.stringify(project.document);
    expect(copyOfShipped((root) => JSON.stringify(loadProject(root).document))).toBe(text);
    expect(JSON.parse(text)).toEqual(project.document);
  });

  it("writes types in their one spelling", () => {
    const hinted = {
      ...SMALL,
      "config/topics/orders.yaml": `${SMALL["config/topics/orders.yaml"]}schema: { hints: { a: "DECIMAL( 18, 2 )" } }\n`,
    };
    expect(inProject(hinted, (root) => loadProject(root).document.topics[0]?.schema.hints)).toEqual({
      a: "decimal(18,2)",
    });
  });

  it("takes one more topic and one more model as one file each", () => {
    const model =
      "-- model: returns_per_day\n-- grain: day\n-- needs: returns(day date)\nSELECT day FROM returns GROUP BY day\n";
    const { topics, gold } = copyOfShipped((root) => {
      writeFileSync(join(root, "config/topics/returns.yaml"), "source: { files: returns }\nsilver: { mode: append }\n");
      writeFileSync(join(root, "notebooks/gold/returns_per_day.sql"), model);
      return loadProject(root);
    });
    expect(topics.map(({ name }) => name)).toContain("returns");
    expect(gold.map(({ name }) => name)).toContain("returns_per_day");
  });
});

describe("generated files", () => {
  it.each([...generated])("%s is fresh (npm run generate)", (file, text) => {
    expect(readFileSync(join(ROOT, file), "utf8")).toBe(text);
  });

  it("are referenced by every YAML file", () => {
    for (const [folder, files] of [
      ["config", ["pipeline"]],
      ["config/topics", project.topics.map(({ name }) => name)],
      ["config/environments", project.environments.map(({ name }) => name)],
    ] as const) {
      for (const file of files) {
        const [first] = readFileSync(join(ROOT, folder, `${file}.yaml`), "utf8").split("\n");
        const schema = /^# yaml-language-server: \$schema=(.*)$/.exec(first ?? "")?.[1];
        expect(generated.has(posix.join(folder, schema ?? "")), `${folder}/${file}`).toBe(true);
      }
    }
  });
});
