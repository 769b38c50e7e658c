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

function toJsonSchema(schema: z.ZodType, title: string): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => {
      // Zod bounds every whole number by what a double holds; that says nothing to anybody.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { $schema, title, ...rest } as JsonSchema;
}
