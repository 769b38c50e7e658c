import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ErrorObject } from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { jsonSchemas } from "../../scripts/generate/json-schemas";
import { loadProject, pipelineDocument } from "../../spec";
import { ROOT } from "./project";

const FIXTURES = join(ROOT, "test/fixtures/documents");
const read = (file: string): string => readFileSync(join(FIXTURES, file), "utf8");
const VALID = readdirSync(join(FIXTURES, "valid")).map((file) => file.replace(".json", ""));

/** A change of the full document that makes it invalid; without a `value` the key is removed. */
type Patch = { name: string; path: (string | number)[]; value?: unknown; at: string };
type Node = Record<string | number, unknown>;
const INVALID: Patch[] = JSON.parse(read("invalid.json"));

function patched({ path, value }: Patch): unknown {
  const document = JSON.parse(read("valid/full.json"));
  const parent = path.slice(0, -1).reduce<Node>((node, key) => node[key] as Node, document);
  const key = path.at(-1) as string | number;
  if (value === undefined) delete parent[key];
  else parent[key] = value;
  return document;
}

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync(join(ROOT, "pipelines/pipeline-document.schema.json"), "utf8")),
);

/** `/topics/0/silver` and a missing `mode` as `$.topics[0].silver.mode`. */
function pathOf({ instancePath, keyword, params }: ErrorObject): string {
  const missing = keyword === "required" ? `/${params["missingProperty"]}` : "";
  return `$${`${instancePath}${missing}`.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".")}`;
}

describe("the JSON Schema of the pipeline document", () => {
  it("accepts the shipped document", () => {
    expect(validate(JSON.parse(JSON.stringify(loadProject(ROOT).document))), JSON.stringify(validate.errors)).toBe(
      true,
    );
  });

  it.each(VALID)("accepts %s", (name) => {
    const document = JSON.parse(read(`valid/${name}.json`));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(pipelineDocument.safeParse(document).success).toBe(true);
  });

  it.each(INVALID)("rejects $name, where it is", (patch) => {
    const document = patched(patch);
    expect(validate(document)).toBe(false);
    expect((validate.errors ?? []).map(pathOf)).toContain(patch.at);
    expect(pipelineDocument.safeParse(document).success).toBe(false);
  });

  it("is one of five that a strict validator compiles", () => {
    for (const schema of Object.values(jsonSchemas())) new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  });
});
