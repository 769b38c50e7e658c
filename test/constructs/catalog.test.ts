import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Catalog, type IWarehouse, RegistryTable, Schema, Volume, Warehouse } from "../../constructs";
import { newStack, synth } from "./support/synth";

describe("Catalog", () => {
  it("makes a catalog and nothing else", () => {
    const stack = newStack();
    const catalog = new Catalog(stack, "Catalog", { name: "main" });
    const { counts, only } = synth(stack);
    expect(counts).toEqual({ databricks_catalog: 1 });
    // Isolation is declared: left out, a catalog would stay isolated when config says so no more.
    expect(only("databricks_catalog")).toEqual({ name: "main", isolation_mode: "OPEN" });
    expect(catalog.node.defaultChild).toBe(catalog.resource);
  });

  it("rejects to be destroyed when it is protected", () => {
    const stack = newStack();
    new Catalog(stack, "Catalog", {
      name: "main",
      protect: true,
      isolation: "ISOLATED",
      storageRoot: "s3://bucket/path",
    });
    expect(synth(stack).only("databricks_catalog")).toEqual({
      name: "main",
      isolation_mode: "ISOLATED",
      storage_root: "s3://bucket/path",
      lifecycle: { prevent_destroy: true },
    });
  });

  it("is used by name without a resource", () => {
    const stack = newStack();
    new Schema(stack, "Schema", { catalog: Catalog.fromName("main"), name: "bronze" });
    const { counts, only } = synth(stack);
    expect(counts).toEqual({ databricks_schema: 1 });
    expect(only("databricks_schema")).toEqual({ catalog_name: "main", name: "bronze" });
  });
});

describe("Schema and Volume", () => {
  it("refer to what they lie in, so that Terraform orders them", () => {
    const stack = newStack();
    const catalog = new Catalog(stack, "Catalog", { name: "main" });
    const schema = new Schema(stack, "Schema", { catalog, name: "bronze", forceDestroy: true });
    const volume = new Volume(stack, "Volume", { schema, name: "landing", protect: true });
    const { only, counts } = synth(stack);
    expect(counts).toEqual({ databricks_catalog: 1, databricks_schema: 1, databricks_volume: 1 });
    expect(only("databricks_schema")["catalog_name"]).toMatch(/^\$\{databricks_catalog\.\w+\.name\}$/);
    expect(only("databricks_schema")["force_destroy"]).toBe(true);
    expect(only("databricks_volume")["schema_name"]).toMatch(/^\$\{databricks_schema\.\w+\.name\}$/);
    expect(only("databricks_volume")).toMatchObject({
      name: "landing",
      volume_type: "MANAGED",
      lifecycle: { prevent_destroy: true },
    });
    expect([schema.fullName, volume.fullName, volume.path]).toEqual([
      "main.bronze",
      "main.bronze.landing",
      "main/bronze/landing",
    ]);
    expect(schema.node.defaultChild).toBe(schema.resource);
    expect(volume.node.defaultChild).toBe(volume.resource);
  });

  it("know a schema and a volume that exist already", () => {
    expect(Schema.fromName("main.bronze")).toMatchObject({
      name: "bronze",
      fullName: "main.bronze",
      catalog: { name: "main" },
    });
    expect(Volume.fromName("main.bronze.landing").path).toBe("main/bronze/landing");
  });

  it("makes an external volume at an address", () => {
    const stack = newStack();
    new Volume(stack, "Volume", {
      schema: Schema.fromName("main.bronze"),
      name: "landing",
      storageLocation: "gs://bucket/in",
    });
    expect(synth(stack).only("databricks_volume")).toMatchObject({
      volume_type: "EXTERNAL",
      storage_location: "gs://bucket/in",
    });
  });
});

describe("RegistryTable", () => {
  it("has the columns that the library knows, and nothing else is made", () => {
    const stack = newStack();
    const schema = Schema.fromName("main.ops");
    const registry = new RegistryTable(stack, "Registry", { schema, warehouse: Warehouse.fromId("abc123") });
    const { counts, only } = synth(stack);
    expect(counts).toEqual({ databricks_sql_table: 1 });
    const columns = JSON.parse(readFileSync(join(__dirname, "../../pipelines/registry_columns.json"), "utf8"));
    expect(only("databricks_sql_table")).toMatchObject({
      name: "schema_registry",
      table_type: "MANAGED",
      warehouse_id: "abc123",
      column: columns,
    });
    expect(registry.node.defaultChild).toBe(registry.resource);
  });

  it("says where a slow start would leave it stuck, and the way out", () => {
    const warningsFor = (warehouse: IWarehouse) => {
      const stack = newStack();
      new RegistryTable(stack, "Registry", { schema: Schema.fromName("main.ops"), warehouse });
      return synth(stack).annotations;
    };
    expect(warningsFor(Warehouse.fromId("abc"))).toEqual([
      expect.stringMatching(
        /cancelled after 50 seconds.*terraform import 'databricks_sql_table\.Registry_\w+' main\.ops\.schema_registry$/,
      ),
    ]);
    expect(warningsFor(Warehouse.fromId("abc", { serverless: true }))).toEqual([]);
  });

  it("waits for a warehouse that is made in the same stack", () => {
    const stack = newStack();
    const warehouse = new Warehouse(stack, "Warehouse", { name: "small", tags: { team: "data" } });
    new RegistryTable(stack, "Registry", { schema: Schema.fromName("main.ops"), warehouse, protect: true });
    const { only } = synth(stack);
    expect(only("databricks_sql_table")["warehouse_id"]).toMatch(/^\$\{databricks_sql_endpoint\.\w+\.id\}$/);
    expect(only("databricks_sql_endpoint")).toEqual({
      name: "small",
      cluster_size: "2X-Small",
      min_num_clusters: 1,
      max_num_clusters: 1,
      auto_stop_mins: 10,
      warehouse_type: "PRO",
      enable_serverless_compute: true,
      tags: { custom_tags: [{ key: "team", value: "data" }] },
    });
    expect(warehouse.node.defaultChild).toBe(warehouse.resource);
  });
});

describe("Warehouse", () => {
  it.each([
    ["serverless", "PRO", true],
    ["pro", "PRO", false],
    ["classic", "CLASSIC", false],
  ] as const)("of type %s", (type, warehouse_type, serverless) => {
    const stack = newStack();
    const warehouse = new Warehouse(stack, "Warehouse", { name: "w", type, size: "Small", autoStopMinutes: 15 });
    expect(warehouse.serverless).toBe(serverless);
    expect(synth(stack).only("databricks_sql_endpoint")).toMatchObject({
      warehouse_type,
      enable_serverless_compute: serverless,
      cluster_size: "Small",
      auto_stop_mins: 15,
    });
  });

  it("of machines does not stop before ten minutes", () => {
    const make = (type: "serverless" | "classic") =>
      new Warehouse(newStack(), "Warehouse", { name: "w", type, autoStopMinutes: 5 });
    expect(() => make("serverless")).not.toThrow();
    expect(() => make("classic")).toThrow(/autoStopMinutes 5: a whole number, at least 10/);
  });
});
