import { z } from "zod";
import type { GoldModel } from "../generated/config-types";
import { name, text } from "./names";

/** Ways in which a model may be refreshed. */
export const REFRESHES = ["auto", "incremental", "full", "strict"] as const;

const goldColumn = z.strictObject({
  name: text.describe("Column, by its silver (or gold) name, or as the source of the topic spells it."),
  type: text.describe("Spark SQL type that the model gets, safely cast."),
});

export const goldInput = z.strictObject({
  input: name.describe("A topic or another gold model."),
  columns: z.array(goldColumn).min(1).describe("Exactly the columns that the model sees of it."),
});

/** One file of notebooks/gold: the header is the contract, the body one SELECT. */
export const goldModel = z.strictObject({
  name: name.describe("Name of the model and its table; also the file's name."),
  description: z.string().default("").describe("Meaning of a row; becomes the comment of the table."),
  grain: z.array(text).min(1).describe("Columns that identify a row."),
  needs: z.array(goldInput).min(1).describe("Topics and models that the model reads, with the columns that it needs."),
  sql: text.describe("The SELECT, without the header."),
  line: z
    .number()
    .int()
    .positive()
    .default(1)
    .describe("Line of the model's file at which the SELECT begins; errors are told there."),
  column: z.number().int().positive().default(1).describe("Column of that line, from 1."),
  refresh: z
    .enum(REFRESHES)
    .default("auto")
    .describe(
      "Refresh of the table. auto: changed groups where that is possible and costs less than all of them. incremental: changed groups wherever that is possible. full: all groups. strict: like incremental, and an error where that is not possible.",
    ),
  units: z
    .record(text, text)
    .optional()
    .describe(
      "Unit of columns of the result, shown in the report; three capital letters are a currency, whose amounts have two decimals.",
    ),
  allowNulls: z
    .array(text)
    .min(1)
    .optional()
    .describe(
      "Columns (input.column) of which no value need fit the type in needs; without it, a model fails where none does.",
    ),
});
export type { GoldModel };
/** Topic or model that a model reads, with the columns that it needs. */
export type GoldInput = GoldModel["needs"][number];
