import { z } from "zod";
import type { EnvironmentConfig } from "../generated/config-types";
import { text } from "./names";

/** Things that exist in the workspace and shall belong to this stack from now on: an import block is declared for each. */
export const importConfig = z.strictObject({
  catalog: z.boolean().default(false).describe("The catalog, with `catalog.create: true`."),
  schemas: z
    .array(z.enum(["bronze", "silver", "gold", "ops"]))
    .default([])
    .describe("Schemas, by layer: bronze, silver, gold, ops."),
  volumes: z
    .array(z.enum(["landing", "checkpoints"]))
    .default([])
    .describe("Volumes: landing, checkpoints."),
  registry: z.boolean().default(false).describe("The registry table."),
  job: text.optional().describe("Id of the job."),
});
export type ImportConfig = EnvironmentConfig["import"];
