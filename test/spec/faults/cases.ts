import { expect, it } from "vitest";
import { faultsOf } from "../project";

export const PIPELINE = "config/pipeline.yaml";
export const TOPIC = "config/topics/orders.yaml";
export const ENVIRONMENT = "config/environments/dev.yaml";
export const MODEL = "notebooks/gold/per_order.sql";

export type Files = Record<string, string | undefined>;
/** What is wrong, the files that are (the rest of the project is right), and every line of the message. */
export type Case = readonly [string, Files, ...string[]];

/** A right topic of five lines, and more from line 6. */
export const topic = (...more: string[]): Files => ({
  [TOPIC]: ["source:", "  files: orders", "silver:", "  mode: upsert", "  keys: [order_id]", ...more, ""].join("\n"),
});
/** A topic with another source. */
export const source = (...lines: string[]): Files => ({
  [TOPIC]: ["silver: { mode: append }", "source:", ...lines, ""].join("\n"),
});
/** A right environment of five lines, and more from line 6. `change` replaces a line by its key. */
export const environment = (more: readonly string[], change: Record<string, string> = {}): Files => {
  const lines = {
    name: "dev",
    cloud: "aws",
    mode: "development",
    catalog: "{ name: main }",
    compute: "{ kind: job_cluster }",
    ...change,
  };
  return {
    [ENVIRONMENT]: [...Object.entries(lines).map(([key, value]) => `${key}: ${value}`), ...more, ""].join("\n"),
  };
};
/** A model of four lines; `change` replaces some. */
export const model = (change: Record<number, string>): Files => {
  const lines = [
    "-- model: per_order",
    "-- grain: order_id",
    "-- needs: orders(order_id string)",
    "SELECT order_id FROM orders",
  ];
  return { [MODEL]: lines.map((line, index) => change[index + 1] ?? line).join("\n") };
};

/** Every case gives exactly its lines: nothing is missed, nothing is said twice. */
export function expectFaults(cases: readonly Case[]): void {
  for (const [title, files, ...lines] of cases) it(title, () => expect(faultsOf(files)).toEqual(lines));
}
