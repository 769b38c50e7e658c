import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROVIDER_VERSION } from "../../constructs";
import { run, tail } from "./command";
import type { Result, StackFile } from "./stack";

/** A block of the provider's schema, as `terraform providers schema -json` writes it. */
export interface Block {
  readonly attributes?: Readonly<
    Record<string, { readonly required?: boolean; readonly optional?: boolean; readonly deprecated?: boolean }>
  >;
  readonly block_types?: Readonly<Record<string, { readonly block: Block; readonly min_items?: number }>>;
  readonly deprecated?: boolean;
}
type Schemas = Readonly<Record<string, { readonly block: Block }>>;

type Given = Readonly<Record<string, unknown>>;

/** Terraform's own arguments of a resource, which no provider lists. */
const META = new Set(["//", "depends_on", "lifecycle", "provider", "count", "for_each", "provisioner", "connection"]);

/** Everything that the stacks emit, against the provider's own schema: known, settable, required ones there, none deprecated. */
export function checkSchemas(folder: string, stacks: ReadonlyMap<string, StackFile>): Result {
  const schemas = readSchemas(folder);
  if (typeof schemas === "string") return { faults: [schemas], note: "" };
  const faults = new Set<string>();
  const types = new Set<string>();
  for (const stack of stacks.values()) {
    for (const [type, resources] of Object.entries(stack.resource ?? {})) {
      types.add(type);
      const block = schemas[type]?.block;
      if (block === undefined) faults.add(`${type}: the provider has no such resource`);
      else
        for (const attributes of Object.values(resources))
          compare(type, attributes, block, (fault) => faults.add(fault));
    }
  }
  return { faults: [...faults], note: `${types.size} resource types, every argument known and none deprecated` };
}

/** Compares one resource with its block. */
export function compare(path: string, given: Given, block: Block, fault: (text: string) => void): void {
  if (block.deprecated) fault(`${path} is deprecated`);
  for (const [name, value] of Object.entries(given)) {
    if (META.has(name) && block.attributes?.[name] === undefined && block.block_types?.[name] === undefined) continue;
    const attribute = block.attributes?.[name];
    const nested = block.block_types?.[name];
    if (attribute?.deprecated) fault(`${path}.${name} is deprecated`);
    if (attribute !== undefined && !attribute.required && !attribute.optional)
      fault(`${path}.${name} is computed, it cannot be set`);
    if (attribute === undefined && nested === undefined) fault(`${path}.${name}: the provider has no such argument`);
    if (nested !== undefined)
      for (const item of Array.isArray(value) ? value : [value])
        compare(`${path}.${name}`, item as Given, nested.block, fault);
  }
  const required = [
    ...Object.entries(block.attributes ?? {}).filter(([, { required }]) => required),
    ...Object.entries(block.block_types ?? {}).filter(([, { min_items = 0 }]) => min_items > 0),
  ];
  for (const [name] of required) if (given[name] === undefined) fault(`${path}.${name} is required`);
}

function readSchemas(folder: string): Schemas | string {
  mkdirSync(folder, { recursive: true });
  const required = { databricks: { source: "databricks/databricks", version: PROVIDER_VERSION } };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ terraform: { required_providers: required } }));
  const init = run("terraform", ["init", "-input=false", "-no-color"], { cwd: folder });
  if (init.status !== 0) return `init: ${tail(init.stderr)}`;
  const { status, stdout, stderr } = run("terraform", ["providers", "schema", "-json"], { cwd: folder });
  if (status !== 0) return `providers schema: ${tail(stderr)}`;
  const { provider_schemas } = JSON.parse(stdout) as {
    readonly provider_schemas: Record<string, { readonly resource_schemas: Schemas }>;
  };
  return Object.values(provider_schemas)[0]?.resource_schemas ?? {};
}
