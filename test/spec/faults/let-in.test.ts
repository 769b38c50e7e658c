import { describe } from "vitest";
import {
  type Case,
  environment,
  expectFaults,
  type Files,
  MODEL,
  model,
  PIPELINE,
  source,
  TOPIC,
  topic,
} from "./cases";

/** What has the right shape, and still must not get in. */
const ROW = "allowed: deterministic functions of Spark SQL over the columns of one row";
const AGAIN = `gives something else the next time, so a replay would not give the same; ${ROW}`;
const FOREIGN =
  "runs code outside of SQL, reads what no config declares, or ends the run; allowed: functions of Spark SQL over the columns that are there";
const PORT = "allowed: an address with a host, and a port from 1 to 65535 if any";
const TABLE_FUNCTIONS =
  "explode, explode_outer, inline, inline_outer, json_tuple, posexplode, posexplode_outer, range, stack, variant_explode, variant_explode_outer";

const other = (name: string, folder: string): Files => ({
  [`config/topics/${name}.yaml`]: `source: { files: ${folder} }\nsilver: { mode: append }\n`,
});
const BESIDE = "every topic has a folder of its own, beside the others";

const PLACES: readonly Case[] = [
  [
    "two topics on one folder",
    other("sales", "orders"),
    `config/topics/sales.yaml:1:18  source.files: "orders" is also the folder of the topic orders; ${BESIDE}`,
  ],
  [
    "a topic below another's folder",
    other("returns", "orders/back"),
    `config/topics/returns.yaml:1:18  source.files: "orders/back" and the folder "orders" lie in each other, which is that of the topic orders; ${BESIDE}`,
  ],
  [
    "a topic around another's folder",
    { ...other("a", "shop/orders/eu"), ...other("b", "shop/orders"), ...other("c", "shop/orders2") },
    `config/topics/b.yaml:1:18  source.files: "shop/orders" and the folder "shop/orders/eu" lie in each other, which is that of the topic a; ${BESIDE}`,
  ],
  ...["_x", "a/_b", ".x", "a/.b"].map(
    (folder): Case => [
      `the folder ${folder}`,
      source(`  files: ${folder}`),
      `${TOPIC}:3:10  source.files: found "${folder}"; allowed: a folder inside the landing volume, such as orders or shop/orders (what begins with _ or . is not read)`,
    ],
  ),
  [
    "a webhook with a port that there is not",
    { [PIPELINE]: "name: shop\nsettings:\n  driftWebhook: { url: 'https://hooks.example.com:99999/x' }\n" },
    `${PIPELINE}:3:24  settings.driftWebhook.url: is no address that can be called; ${PORT}`,
  ],
  [
    "a workspace with such a port",
    environment(["workspace: { host: 'https://x.cloud.databricks.com:0' }"]),
    `config/environments/dev.yaml:6:20  workspace.host: found "https://x.cloud.databricks.com:0"; ${PORT}`,
  ],
  [
    "a broker with such a port",
    source("  kafka: { topic: orders, bootstrapServers: 'b:65536' }"),
    `${TOPIC}:3:45  source.kafka.bootstrapServers: found "b:65536"; allowed: host:port, separated by commas`,
  ],
  [
    "tags without a key",
    topic("tags: { '': x, ' ': y }"),
    `${TOPIC}:6:9  tags."": found "" as a key; allowed: text that is not blank`,
    `${TOPIC}:6:16  tags." ": found " " as a key; allowed: text that is not blank`,
  ],
  [
    "names of an environment without a text",
    environment(["tags: { '': x }", "secretScopes: { ' ': existing }"]),
    'config/environments/dev.yaml:6:9  tags."": found "" as a key; allowed: text that is not blank',
    'config/environments/dev.yaml:7:17  secretScopes." ": found " " as a key; allowed: text that is not blank',
  ],
];

const RULES: Readonly<Record<string, string>> = {
  "reflect('java.lang.System', 'exit', 0)": `reflect() ${FOREIGN}`,
  "java_method('java.lang.System', 'getenv', 'X') = 'a'": `java_method() ${FOREIGN}`,
  "raise_error('stop') IS NULL": `raise_error() ${FOREIGN}`,
  "IDENTIFIER('rand')() > 0.5": `identifier() ${FOREIGN}`,
  "rand() < 0.5": `rand() ${AGAIN}`,
  "`Rand` () < 0.5": `rand() ${AGAIN}`,
  "system.builtin.rand() < 0.5": `rand() ${AGAIN}`,
  "uuid() <> order_id": `uuid() ${AGAIN}`,
  "event_ts <= now()": `now() ${AGAIN}`,
  "unix_timestamp() > event_s": `unix_timestamp() ${AGAIN}`,
  "day <= current_date": `current_date ${AGAIN}`,
  "event_ts <= timestamp 'now'": `'now' ${AGAIN}`,
  "input_file_name() <> ''": `input_file_name() ${AGAIN}`,
  "order_id IN (SELECT id FROM t)": "a subquery reads other rows; allowed: an expression over the columns of one row",
  "order_id IN (TABLE t)": "a subquery reads other rows; allowed: an expression over the columns of one row",
  "sum(amount) > 1": `sum() does not look at one row alone; ${ROW}`,
  "row_number() OVER (ORDER BY a) = 1": `a window looks at many rows; ${ROW}`,
  "main.checks.ok(order_id)": `"main.checks.ok" is no function of Spark that a rule may use; ${ROW}`,
  "uper(a) = 'A'": `"uper" is no function of Spark that a rule may use; did you mean "upper"? ${ROW}`,
};

const rule = (expect: string, ...more: string[]): Files =>
  topic("quality:", "  - name: good", `    expect: ${JSON.stringify(expect)}`, ...more);
const shown = (sql: string) =>
  JSON.stringify(sql).length > 60 ? `${JSON.stringify(sql).slice(0, 57)}...` : JSON.stringify(sql);

/** What may look like a call, a subquery or the clock, and is none. */
const GOOD = [
  "amount BETWEEN (1) AND (2) AND NOT (a IN ('b', 'c') OR b LIKE ANY ('x%', 'y%'))",
  "CAST(amount AS decimal(18, 2)) > 0 AND try_cast(x AS varchar(3)) IS NOT NULL",
  "CASE WHEN (a = 1) THEN (b) ELSE (c) END = 2",
  "extract(year FROM day) > 2000 AND trim(BOTH ' ' FROM name) <> 'rand()' -- now()",
  "exists(items, i -> i.price > 0) AND aggregate(items, 0, (acc, i) -> acc + i.n) > 0",
  "event_ts <= timestamp '2030-01-01' AND `current_date` IS NOT NULL AND row.current_user <> ''",
  "unix_timestamp(day) > 0 AND xxhash64(a, b) % 10 >= 0 AND builtin.upper(a) = 'A'",
];

const MODELS: Readonly<Record<string, string>> = {
  "SELECT order_id FROM json.`/etc/passwd`":
    ':4:22  reads "json./etc/passwd", which needs: does not declare; a model reads topics and other models, by their names: orders',
  "SELECT order_id FROM orders JOIN main.secret.people USING (order_id)":
    ':4:34  reads "main.secret.people", which needs: does not declare; a model reads topics and other models, by their names: orders',
  "SELECT order_id FROM orders WHERE order_id IN (SELECT id FROM people)":
    ':4:63  reads "people", which needs: does not declare; a model reads topics and other models, by their names: orders',
  "SELECT order_id FROM orders, read_files('/etc')": `:4:30  read_files() ${FOREIGN}`,
  "SELECT order_id FROM orders JOIN my_table_function(1)": `:4:34  found "my_table_function("; allowed functions after FROM: ${TABLE_FUNCTIONS}`,
  "SELECT reflect('a', 'b') AS order_id FROM orders": `:4:8  reflect() ${FOREIGN}`,
  "SELECT '${env:HOME}' AS order_id FROM orders":
    ":4:9  found ${, which Spark replaces by settings and variables of its environment; write '$' || '{'",
};

describe("places and names", () => expectFaults(PLACES));
describe("rules", () => {
  expectFaults([
    ...Object.entries(RULES).map(
      ([sql, fault]): Case => [sql, rule(sql), `${TOPIC}:8:13  quality[0].expect: found ${shown(sql)}; ${fault}`],
    ),
    [
      "a deleteWhen",
      topic("  deleteWhen: uuid() = op"),
      `${TOPIC}:6:15  silver.deleteWhen: found "uuid() = op"; uuid() ${AGAIN}`,
    ],
    ...GOOD.map((sql): Case => [sql, rule(sql)]),
  ]);
});
describe("models", () => {
  expectFaults([
    ...Object.entries(MODELS).map(([sql, fault]): Case => [sql, model({ 4: sql }), `${MODEL}${fault}`]),
    [
      "a topic that the header forgot",
      { ...other("sales", "sales"), ...model({ 4: "SELECT order_id\nFROM orders,\n  sales" }) },
      `${MODEL}:6:3  reads "sales", which needs: does not declare; add it with its columns to the line needs:`,
    ],
  ]);
});
