import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type TerraformStack, Testing } from "cdktf";
import { MedallionStack, type MedallionStackProps } from "../../../constructs";

export type Attributes = Readonly<Record<string, unknown>>;

/** What a stack came to, with cdktf's own metadata taken out. */
export interface Synthesized {
  readonly json: Attributes;
  /** Resources by type, then by logical id. */
  readonly resources: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
  /** Number of resources by type. */
  readonly counts: Readonly<Record<string, number>>;
  /** The only resource of a type. */
  readonly only: (type: string) => Attributes;
  /** Folder of the stack, with its assets. */
  readonly folder: string;
  /** Messages of warnings and infos, as `[path] message`. */
  readonly annotations: readonly string[];
}

/** A stack in an app of its own, whose output goes to a temporary folder. */
export function newStack(props: MedallionStackProps = {}, id = "test"): MedallionStack {
  return new MedallionStack(Testing.app(), id, props);
}

/** Synthesizes as a user's app does: prepares the stacks, runs aspects and validations, and fails on error annotations. */
export function synth(stack: TerraformStack): Synthesized {
  const app = App.of(stack);
  app.synth();
  const folder = join(app.outdir, "stacks", stack.node.id);
  const json = withoutMetadata(JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"))) as Attributes;
  const manifest = JSON.parse(readFileSync(join(app.outdir, "manifest.json"), "utf8"));
  const found: { constructPath: string; message: string }[] = manifest.stacks[stack.node.id].annotations;
  return {
    ...view(json),
    folder,
    annotations: found.map(({ constructPath, message }) => `[${constructPath}] ${message}`),
  };
}

/** A view of a stack's JSON. */
export function view(json: Attributes): Pick<Synthesized, "json" | "resources" | "counts" | "only"> {
  const resources = (json["resource"] ?? {}) as Record<string, Record<string, Attributes>>;
  const counts = Object.fromEntries(Object.entries(resources).map(([type, all]) => [type, Object.keys(all).length]));
  const only = (type: string) => {
    const all = Object.values(resources[type] ?? {});
    if (all.length !== 1 || all[0] === undefined) throw new Error(`${all.length} resources of type ${type}, not one`);
    return all[0];
  };
  return { json, resources, counts, only };
}

export function withoutMetadata(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMetadata);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "//")
      .map(([key, inner]) => [key, withoutMetadata(inner)]),
  );
}

/** A file that is named like a wheel: synth looks at the name only. */
export function fakeWheel(hash = "0123456789ab"): string {
  const file = join(
    mkdtempSync(join(tmpdir(), "medallion-wheel-")),
    `medallion_pipelines-0.1.0+${hash}-py3-none-any.whl`,
  );
  writeFileSync(file, "wheel");
  return file;
}

/** A folder with small notebook templates. */
export function fakeTemplates(overrides: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "medallion-notebooks-"));
  mkdirSync(folder, { recursive: true });
  for (const name of ["prepare", "bronze", "silver", "gold", "finish", "run_pipeline"]) {
    const body = name === "run_pipeline" ? "print(1)\n" : 'DEFAULTS = "{{ defaults }}"\n';
    writeFileSync(join(folder, `${name}.py`), overrides[name] ?? `# Databricks notebook source\n${body}`);
  }
  return folder;
}
