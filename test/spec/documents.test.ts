import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv, { type ErrorObject } from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { jsonSchemas } from "../../scripts/generate/json-schemas";
import { loadProject, pipelineDocument } from "../../spec";
import { ROOT } from "./project";

const FIXTURES = join(ROOT, "test/fixtures/documents");
const read = (file: string): string => readFileSync(join(FIXTURES, file), "utf8");
const names = (folder: string): string[] =>
  readdirSync(join(FIXTURES, folder)).flatMap((file) => (file.endsWith(".json") ? [file.replace(".json", "")] : []));

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync(join(ROOT, "pipelines/pipeline-document.schema.json"), "utf8")),
);

/** `/topics/0/silver` and a missing `mode` as `$.topics[0].silver.mode`. */
function placeOf({ instancePath, keyword, params }: ErrorObject): string {
  const missing = keyword === "required" ? `/${params["missingProperty"]}` : "";
  return `$${`${instancePath}${missing}`.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".")}`;
}

describe("the JSON Schema of the pipeline document", () => {
  it("accepts the shipped document", () => {
    expect(validate(JSON.parse(JSON.stringify(loadProject(ROOT).document))), JSON.stringify(validate.errors)).toBe(
      true,
    );
  });

  it.each(names("valid"))("accepts %s", (name) => {
    const document = JSON.parse(read(`valid/${name}.json`));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(pipelineDocument.safeParse(document).success).toBe(true);
  });

  it.each(names("invalid"))("refuses %s, at its place", (name) => {
    const document = JSON.parse(read(`invalid/${name}.json`));
    const [place] = read(`invalid/${name}.txt`).split("\n");
    expect(validate(document)).toBe(false);
    expect((validate.errors ?? []).map(placeOf)).toContain(place);
    expect(pipelineDocument.safeParse(document).success).toBe(false);
  });

  it("is one of five that a strict validator compiles", () => {
    for (const schema of Object.values(jsonSchemas())) new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  });
});
