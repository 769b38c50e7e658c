import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { beforeAll, describe, expect, it } from "vitest";
import { synthesizeVariants } from "../terraform/variants";
import { runApp } from "./support/app";
import { type Attributes, withoutMetadata } from "./support/synth";

/**
 * What the platform fixes when an object is made although the provider (1.113) plans to change it in place; read from the
 * provider's sources and the API's request bodies. Every other attribute is changed in place by both, or makes the provider
 * replace the object. A type that is not here has not been looked at.
 */
const FIXED_AT_CREATION: Readonly<Record<string, readonly string[]>> = {
  // An update with another parent_path is answered with the old one.
  databricks_alert_v2: ["parent_path"],
  databricks_catalog: [],
  databricks_cluster_policy: [],
  // The body of an update has no purpose.
  databricks_credential: ["purpose"],
  databricks_dashboard: [],
  databricks_directory: [],
  databricks_external_location: [],
  databricks_grant: [],
  databricks_job: [],
  databricks_notebook: [],
  databricks_notification_destination: [],
  databricks_permissions: [],
  databricks_pipeline: [],
  databricks_schema: [],
  databricks_secret_acl: [],
  databricks_secret_scope: [],
  databricks_sql_endpoint: [],
  // Making one runs a statement; an update alters columns, comments and properties only.
  databricks_sql_table: ["name"],
  databricks_storage_credential: [],
  databricks_volume: [],
  databricks_workspace_binding: [],
  databricks_workspace_file: [],
};

type Stack = { readonly resource?: Readonly<Record<string, Readonly<Record<string, Attributes>>>> };
let stacks: Readonly<Record<string, Stack>>;
beforeAll(async () => {
  const { stacks: shipped } = await runApp();
  const outdir = mkdtempSync(join(tmpdir(), "medallion-variants-"));
  synthesizeVariants(new App({ outdir }));
  const variants = readdirSync(join(outdir, "stacks")).map((name) => {
    const json = readFileSync(join(outdir, "stacks", name, "cdk.tf.json"), "utf8");
    return [`variant ${name}`, withoutMetadata(JSON.parse(json)) as Stack] as const;
  });
  stacks = { ...(shipped as Readonly<Record<string, Stack>>), ...Object.fromEntries(variants) };
});

/** Every resource of every stack. */
function everyResource() {
  return Object.entries(stacks).flatMap(([stack, { resource = {} }]) =>
    Object.entries(resource).flatMap(([type, all]) =>
      Object.entries(all).map(([id, attributes]) => ({ at: `${stack}: ${type}.${id}`, type, attributes })),
    ),
  );
}

describe("what the platform fixes at creation", () => {
  it("is known of every type that is declared, and of no other", () => {
    expect([...new Set(everyResource().map(({ type }) => type))].sort()).toEqual(Object.keys(FIXED_AT_CREATION).sort());
  });

  it("never changes, or makes the object anew when it does", () => {
    const constant = new Map<string, unknown>();
    const faults = everyResource().flatMap(({ at, type, attributes }) =>
      (FIXED_AT_CREATION[type] ?? []).flatMap((name) => {
        const { replace_triggered_by: triggers = [] } = (attributes["lifecycle"] ?? {}) as {
          readonly replace_triggered_by?: readonly string[];
        };
        if (triggers.length > 0) return [];
        const key = `${type}.${name}`;
        if (!constant.has(key)) constant.set(key, attributes[name]);
        return constant.get(key) === attributes[name] ? [] : [`${at}: ${name} would be changed in place`];
      }),
    );
    expect(faults).toEqual([]);
    // Where nothing replaces it, the value is the same in every stack there is.
    expect(Object.fromEntries(constant)).toEqual({
      "databricks_credential.purpose": "SERVICE",
      "databricks_sql_table.name": "schema_registry",
    });
  });

  it("is replaced with the folder that an alert lies in, and with nothing else", () => {
    for (const { at, type, attributes } of everyResource()) {
      const { replace_triggered_by: triggers } = (attributes["lifecycle"] ?? {}) as Attributes;
      const wanted = type === "databricks_alert_v2" ? [expect.stringMatching(/^databricks_directory\./)] : undefined;
      expect(triggers, at).toEqual(wanted);
    }
  });
});
