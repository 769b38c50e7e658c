import { z } from "zod";
import {
  dashboardConfig,
  environmentConfig,
  goldModel,
  pipelineConfig,
  pipelineDocument,
  topicConfig,
} from "../../spec";

/** As much of JSON Schema as the definitions in spec/ come to. */
export interface JsonSchema {
  title?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  pattern?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

export interface JsonSchemas {
  readonly pipeline: JsonSchema;
  readonly topic: JsonSchema;
  readonly environment: JsonSchema;
  readonly dashboard: JsonSchema;
  readonly gold: JsonSchema;
  readonly document: JsonSchema;
}

/** JSON Schemas of what people write (a key with a default may be left out) and of the pipeline document. */
export function jsonSchemas(): JsonSchemas {
  return {
    pipeline: toJsonSchema(pipelineConfig, "config/pipeline.yaml"),
    topic: toJsonSchema(topicConfig, "config/topics/*.yaml"),
    environment: toJsonSchema(environmentConfig, "config/environments/*.yaml"),
    dashboard: toJsonSchema(dashboardConfig, "config/dashboards/*.yaml"),
    gold: toJsonSchema(goldModel, "notebooks/gold/*.sql"),
    document: toJsonSchema(pipelineDocument, "Pipeline document"),
  };
}

/** Schemas of config as it is written, and as it is read, by the names of their types in TypeScript. */
export function typedSchemas(): Record<"written" | "checked", ReadonlyMap<string, JsonSchema>> {
  const files = [
    ["Pipeline", pipelineConfig, "A file config/pipeline.yaml"],
    ["Topic", topicConfig, "A file of config/topics"],
    ["Environment", environmentConfig, "A file of config/environments"],
    ["Dashboard", dashboardConfig, "A file of config/dashboards"],
  ] as const;
  const model = toJsonSchema(goldModel, "A file of notebooks/gold", "output");
  return {
    written: new Map(files.map(([name, schema, title]) => [`${name}Input`, toJsonSchema(schema, title)])),
    checked: new Map([
      ...files.map(([name, schema, title]) => [`${name}Config`, toJsonSchema(schema, title, "output")] as const),
      ["GoldModel", model],
    ]),
  };
}

/** The text of a description, without the default that it ends with, where that takes words. */
export function meaning({ description = "" }: JsonSchema): { readonly text: string; readonly prose?: string } {
  const [, text = "", prose] = /^(.*?)(?: Default: (.*)\.)?$/s.exec(description) ?? [];
  return { text, prose };
}

/** The values that a number or a text may have. */
export function allowed({ type, pattern, minimum, exclusiveMinimum = 0, maximum }: JsonSchema): string {
  if (type === "integer") {
    const most = maximum === undefined ? "" : `, at most ${maximum}`;
    return `whole number, at least ${minimum ?? exclusiveMinimum + 1}${most}`;
  }
  return pattern === undefined || pattern === "\\S" ? "text" : `text like \`${pattern}\``;
}

function toJsonSchema(schema: z.ZodType, title: string, io: "input" | "output" = "input"): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // Zod bounds every whole number by what a double holds; that says nothing to anybody.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { $schema, title, ...rest } as JsonSchema;
}
