import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadProject, VOCABULARY } from "../../spec";
import { configTypes } from "./config-types";
import { jsonSchemas, typedSchemas } from "./json-schemas";
import { prettyJson } from "./pretty-json";
import { pythonReference } from "./python";
import { referencePage } from "./reference";
import { typescriptPage } from "./typescript";
import { vocabularyPage } from "./vocabulary-page";

/** Every generated file (path from the project's root) with its text. */
export function generatedFiles(root: string): Map<string, string> {
  const schemas = jsonSchemas();
  const python = pythonReference(root);
  const { written, checked } = typedSchemas();
  return new Map([
    ["config/schemas/pipeline.schema.json", prettyJson(schemas.pipeline)],
    ["config/schemas/topic.schema.json", prettyJson(schemas.topic)],
    ["config/schemas/environment.schema.json", prettyJson(schemas.environment)],
    ["config/schemas/dashboard.schema.json", prettyJson(schemas.dashboard)],
    ["spec/generated/config-types.ts", configTypes(written, checked)],
    ["pipelines/pipeline-document.schema.json", prettyJson(schemas.document)],
    ["pipelines/default_document.json", prettyJson(loadProject(root).document)],
    ["pipelines/vocabulary.json", prettyJson(VOCABULARY)],
    ["docs/reference/vocabulary.md", vocabularyPage()],
    // Pages of the repository that are pages of the site too.
    ["docs/changelog.md", forSite(root, "CHANGELOG.md")],
    ["docs/security.md", forSite(root, "SECURITY.md")],
    ["docs/reference/errors.md", python.errors],
    ["docs/reference/tables.md", python.tables],
    ["docs/reference/python.md", python.functions],
    ["docs/reference/typescript.md", typescriptPage(root)],
    ["docs/reference/config.md", referencePage(schemas)],
  ]);
}

/** The text of a page at the root, with links from where the site has it. */
function forSite(root: string, file: string): string {
  return readFileSync(join(root, file), "utf8").replaceAll("](docs/", "](");
}
