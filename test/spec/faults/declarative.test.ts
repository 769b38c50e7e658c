import { describe } from "vitest";
import { type Case, environment, expectFaults, type Files, MODEL, topic } from "./cases";

const ENGINE = "engine: declarative";
const DECLARED = environment([ENGINE]);
const where = "config/topics/orders.yaml";
const who = "engine: declarative (config/environments/dev.yaml)";

/** A topic of its own lines, with a declarative environment. */
const asked = (...lines: string[]): Files => ({ ...DECLARED, ...topic(...lines) });

const CASES: readonly Case[] = [
  [
    "what it can do",
    asked(
      "schema: { onNewField: ignore, onTypeConflict: fail }",
      "quality: [{ name: a, expect: b, onViolation: quarantine }]",
    ),
  ],
  [
    "a way to refresh a model",
    {
      ...DECLARED,
      [MODEL]:
        "-- model: per_order\n-- grain: order_id\n-- refresh: strict\n-- needs: orders(order_id string)\nSELECT order_id FROM orders GROUP BY order_id\n",
    },
    `${MODEL}:3:1  refresh: ${who} chooses by itself how a materialized view is refreshed; remove the line, or use engine: job`,
  ],
  ["a batch rule", asked("quality: [{ name: a, expect: read_rows > 0, scope: batch, onViolation: fail }]")],
  [
    "history",
    { ...DECLARED, ...topic(), [where]: "source: { files: orders }\nsilver:\n  mode: history\n  keys: [order_id]\n" },
    `${where}:3:9  silver.mode: ${who} keeps no history; allowed: append, upsert, or use engine: job`,
  ],
  [
    "change events that delete",
    asked("unwrap: debezium"),
    `${where}:6:9  unwrap: ${who} deletes no rows the way the job does; allowed: silver.mode append, or use engine: job`,
  ],
  [
    "deletes",
    asked(`  deleteWhen: "op = 'D'"`),
    `${where}:6:15  silver.deleteWhen: ${who} deletes no rows the way the job does; remove the key, or use engine: job`,
  ],
  [
    "fields that are merged",
    asked("  merge: present_fields"),
    `${where}:6:10  silver.merge: ${who} merges no fields, each by its own order; allowed: replace, or use engine: job`,
  ],
  [
    "contracts that depend on arrival, all at once",
    asked("schema:", "  onNewField: rescue", "  onTypeConflict: quarantine", "  compatibility: backward"),
    `${where}:7:15  schema.onNewField: ${who} rescues no fields; allowed: add, ignore, fail, or use engine: job`,
    `${where}:8:19  schema.onTypeConflict: ${who} types all of bronze by the newest schema, so it cannot quarantine by the one that held on arrival; allowed: promote, fail, or use engine: job`,
    `${where}:9:18  schema.compatibility: ${who} rejects no versions; allowed: none, or use engine: job`,
  ],
  [
    "an existing cluster",
    environment([ENGINE], { compute: "{ kind: existing_cluster, clusterId: a }" }),
    'config/environments/dev.yaml:5:18  compute.kind: found "existing_cluster"; a pipeline brings its own compute: use job_cluster or serverless',
  ],
  [
    "a layout, and groups of topics",
    environment([ENGINE, "job: { layout: staged, topicsPerTask: 2 }"]),
    "config/environments/dev.yaml:7:16  job.layout: has no effect with engine: declarative, whose job has five tasks; remove it",
    "config/environments/dev.yaml:7:39  job.topicsPerTask: has no effect with engine: declarative, whose job has five tasks; remove it",
  ],
  [
    "a continuous job",
    environment([ENGINE, "job: { trigger: { continuous: true } }"]),
    "config/environments/dev.yaml:7:31  job.trigger.continuous: the pipeline must be started after new schemas are registered, so its job cannot be continuous; use fileArrival, periodic or schedule",
  ],
  [
    "settings of a pipeline that is not there",
    environment(["engine: job", "declarative: { channel: PREVIEW }"]),
    "config/environments/dev.yaml:7:14  declarative: has no effect with engine: job; remove it, or use engine: declarative",
  ],
  [
    "an engine that there is not",
    environment(["engine: lakeflow"]),
    'config/environments/dev.yaml:6:9  engine: found "lakeflow"; allowed: job, declarative',
  ],
];

describe("what a declarative pipeline cannot honour", () => expectFaults(CASES));
