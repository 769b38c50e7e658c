import { describe } from "vitest";
import { NEEDED_RULE } from "../../../spec/types";
import { type Case, environment, expectFaults, MODEL, model, PIPELINE, topic } from "./cases";

const CASES: readonly Case[] = [
  [
    "a model in a file of another name",
    model({ 1: "-- model: by_order" }),
    'notebooks/gold/per_order.sql:1:1  model: found "by_order" in per_order.sql; a model is named like its file: rename one of the two',
  ],
  [
    "a model without a header",
    { [MODEL]: "SELECT 1" },
    'notebooks/gold/per_order.sql:1:1  model: missing; write a line "-- model: order_metrics" at the top',
    'notebooks/gold/per_order.sql:1:1  grain: missing; write a line "-- grain: order_id, customer_id" at the top',
    'notebooks/gold/per_order.sql:1:1  needs: missing; write a line "-- needs: orders(order_id string, amount decimal(18,2))" at the top',
  ],
  [
    "an empty model",
    { [MODEL]: "" },
    'notebooks/gold/per_order.sql:1:1  model: missing; write a line "-- model: order_metrics" at the top',
    'notebooks/gold/per_order.sql:1:1  grain: missing; write a line "-- grain: order_id, customer_id" at the top',
    'notebooks/gold/per_order.sql:1:1  needs: missing; write a line "-- needs: orders(order_id string, amount decimal(18,2))" at the top',
    "notebooks/gold/per_order.sql:1:1  no SELECT after the header; the body is one SELECT over the inputs of needs",
  ],
  [
    "header keys misspelt and twice",
    model({ 2: "-- grian: order_id", 3: "-- needs: orders(order_id string)\n-- model: per_order" }),
    'notebooks/gold/per_order.sql:1:1  grain: missing; write a line "-- grain: order_id, customer_id" at the top',
    'notebooks/gold/per_order.sql:2:4  grian: unknown key; did you mean "grain"? allowed: model, description, grain, needs, units, allow, refresh',
    "notebooks/gold/per_order.sql:4:1  model: stands here twice; keep one",
  ],
  [
    "an allowance of something else",
    model({ 3: "-- needs: orders(order_id string)\n-- allow: nothing" }),
    'notebooks/gold/per_order.sql:4:1  allow: found "nothing"; allowed: nulls(orders.amount)',
  ],
  [
    "an allowance for columns that the model does not read",
    model({ 3: "-- needs: orders(order_id string)\n-- allow: nulls(orders.order_di, amount)" }),
    'notebooks/gold/per_order.sql:4:1  allow: found "orders.order_di"; did you mean "orders.order_id"? allowed: input.column of needs, such as orders.order_id',
    'notebooks/gold/per_order.sql:4:1  allow: found "amount"; allowed: input.column of needs, such as orders.order_id',
  ],
  [
    "a grain of no columns",
    model({ 2: "-- grain: order_id, order_id, Order Date" }),
    "notebooks/gold/per_order.sql:2:1  grain: order_id stands here twice; keep one",
    'notebooks/gold/per_order.sql:2:1  grain: found "Order Date"; allowed: column names separated by commas',
  ],
  [
    "an unknown topic",
    model({ 3: "-- needs: order(order_id string)" }),
    'notebooks/gold/per_order.sql:3:1  needs: unknown topic or model "order"; did you mean "orders"? allowed: orders, per_order',
  ],
  [
    "needs without columns or types",
    model({ 3: "-- needs: orders" }),
    'notebooks/gold/per_order.sql:3:1  needs: found "orders"; allowed: topic(column type, ...), for example orders(order_id string, amount decimal(18,2))',
  ],
  [
    "needs with bad types",
    model({ 3: "-- needs: orders(order_id strin, a, b decimal(40,2), a string, c int, c int),\n--   orders(d int)" }),
    `notebooks/gold/per_order.sql:3:1  needs: orders.order_id: found type "strin"; did you mean "string"? allowed: ${NEEDED_RULE}`,
    `notebooks/gold/per_order.sql:3:1  needs: orders.a: missing type; allowed: ${NEEDED_RULE}`,
    `notebooks/gold/per_order.sql:3:1  needs: orders.b: found type "decimal(40,2)"; did you mean "decimal(18,2)"? allowed: ${NEEDED_RULE}`,
    "notebooks/gold/per_order.sql:3:1  needs: orders.c: stands here twice; keep one",
    "notebooks/gold/per_order.sql:3:1  needs: orders stands here twice; put all its columns into one list",
  ],
  [
    "columns in any spelling, once each",
    {
      ...topic("  rename: { order_total: amount }"),
      ...model({
        3: "-- needs: orders(order_total double, `unit price` int, _id string, order_id string, ORDER_ID int)",
      }),
    },
    "notebooks/gold/per_order.sql:3:1  needs: orders.ORDER_ID: stands here twice; keep one",
  ],
  [
    "no SELECT",
    model({ 4: "-- SELECT order_id FROM orders" }),
    'notebooks/gold/per_order.sql:3:1  needs: found "SELECT order_id FROM orders"; allowed: topic(column type, ...), for example orders(order_id string, amount decimal(18,2))',
    "notebooks/gold/per_order.sql:4:1  no SELECT after the header; the body is one SELECT over the inputs of needs",
  ],
  [
    "something that writes, twice",
    model({ 4: "DELETE FROM orders; SELECT 1;" }),
    'notebooks/gold/per_order.sql:4:1  found "DELETE"; the body is one SELECT: it starts with SELECT or WITH',
    "notebooks/gold/per_order.sql:4:21  more than one statement; the body is one SELECT",
  ],
  [
    "brackets that would end the query around the model",
    model({ 4: "SELECT order_id\nFROM orders) UNION ALL (SELECT ';' -- ;" }),
    "notebooks/gold/per_order.sql:5:12  ) closes nothing",
    "notebooks/gold/per_order.sql:5:24  ( is opened and never closed",
  ],
  [
    "text that does not end",
    model({ 4: "SELECT 'order_id\nFROM orders" }),
    "notebooks/gold/per_order.sql:4:8  ' is opened and never closed",
  ],
  [
    "a model named like a topic, one by a word of SQL",
    {
      "notebooks/gold/orders.sql":
        "-- model: orders\n-- grain: a\n-- needs: per_order(a string)\nSELECT a FROM per_order",
      "notebooks/gold/from.sql": "-- model: from\n-- grain: a\n-- needs: per_order(a string)\nSELECT a FROM per_order",
    },
    'notebooks/gold/from.sql:1:1  model: a model may not be named "from": it is a word of SQL',
    'notebooks/gold/orders.sql:1:1  model: "orders" is also a topic; a model needs a name of its own',
    "notebooks/gold/orders.sql:3:1  needs: these models read each other in a circle: orders, per_order; break it",
    "notebooks/gold/per_order.sql:3:1  needs: these models read each other in a circle: orders, per_order; break it",
  ],
  [
    "a circle of models, and one after it",
    {
      "notebooks/gold/a.sql": "-- model: a\n-- grain: x\n-- needs: b(x string)\nSELECT x FROM b",
      "notebooks/gold/b.sql":
        "-- model: b\n-- grain: x\n-- needs: orders(x string)\n-- needs: a(x string)\nSELECT x FROM a",
      "notebooks/gold/c.sql": "-- model: c\n-- grain: x\n-- needs: a(x string), c(x string)\nSELECT x FROM a",
    },
    "notebooks/gold/a.sql:3:1  needs: these models read each other in a circle: a, b; break it",
    "notebooks/gold/b.sql:3:1  needs: these models read each other in a circle: a, b; break it",
    "notebooks/gold/c.sql:3:1  needs: a model cannot read itself",
  ],
  [
    "faults of every kind at once",
    {
      ...topic("quality: [{ name: a }]"),
      ...environment(["tags: { team: 5 }"], { cloud: "aws2" }),
      ...model({ 4: "DROP TABLE x" }),
      [PIPELINE]: "nam: shop\n",
    },
    'config/environments/dev.yaml:2:8  cloud: found "aws2"; did you mean "aws"? allowed: aws, azure, gcp',
    "config/environments/dev.yaml:6:15  tags.team: found 5; allowed: text (put it in quotes)",
    "config/pipeline.yaml:1:1  name: missing; allowed: text",
    'config/pipeline.yaml:1:1  nam: unknown key; did you mean "name"? allowed: name, description, settings',
    "config/topics/orders.yaml:6:11  quality[0].expect: missing; allowed: text",
    'notebooks/gold/per_order.sql:4:1  found "DROP"; the body is one SELECT: it starts with SELECT or WITH',
  ],
];

describe("faults of gold models", () => expectFaults(CASES));
