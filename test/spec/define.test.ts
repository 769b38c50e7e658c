import { describe, expect, it } from "vitest";
import { ConfigError, defineDocument, formatFault, loadProject } from "../../spec";
import { inProject } from "./project";

const SQL = [
  "-- model: per_order",
  "-- grain: order_id",
  "-- needs: orders(order_id string)",
  "SELECT order_id FROM orders GROUP BY order_id",
].join("\n");

describe("a pipeline that is written in TypeScript", () => {
  it("comes to the same document as the same pipeline in files", () => {
    const inCode = defineDocument({
      name: "shop",
      topics: {
        orders: {
          source: { files: "orders" },
          silver: { mode: "upsert", keys: ["order_id"] },
          schema: { hints: { amount: "DECIMAL(18, 2)" } },
        },
      },
      gold: { per_order: SQL },
    });
    const files = {
      "config/pipeline.yaml": "name: shop\n",
      "config/topics/orders.yaml":
        'source: { files: orders }\nsilver: { mode: upsert, keys: [order_id] }\nschema: { hints: { amount: "decimal(18,2)" } }\n',
      "config/environments/dev.yaml":
        "name: dev\ncloud: aws\nmode: development\ncatalog: { name: main }\ncompute: { kind: job_cluster }\n",
      "notebooks/gold/per_order.sql": SQL,
    };
    expect(inCode).toEqual(inProject(files, (root) => loadProject(root).document));
  });

  it("says the mechanism of a user name and password, PLAIN unless config names one", () => {
    const mechanismOf = (extra: object) => {
      const login = { username: { scope: "s", key: "u" }, password: { scope: "s", key: "p" } };
      const kafka = { topic: "t", bootstrapServers: "b:9092", auth: { ...login, ...extra } };
      const topics = { orders: { source: { kafka }, silver: { mode: "append" as const } } };
      const [topic] = defineDocument({ name: "shop", topics }).topics;
      return topic !== undefined && "kafka" in topic.source ? topic.source.kafka.auth?.mechanism : undefined;
    };
    expect(mechanismOf({})).toBe("PLAIN");
    expect(mechanismOf({ mechanism: "SCRAM-SHA-512" })).toBe("SCRAM-SHA-512");
  });

  it("is evaluated like files, all faults at once", () => {
    const faults = (): string[] => {
      try {
        defineDocument({
          name: "shop",
          topics: { orders: { source: { files: "orders" }, silver: { mode: "upsert" } } },
          gold: { per_order: SQL.replace("orders(", "order(") },
        });
        return [];
      } catch (error) {
        return error instanceof ConfigError ? error.faults.map(formatFault) : [String(error)];
      }
    };
    expect(faults()).toEqual([
      expect.stringContaining('unknown topic or model "order"; did you mean "orders"?'),
      expect.stringContaining("silver.keys: missing; mode upsert needs the columns"),
    ]);
  });
});
