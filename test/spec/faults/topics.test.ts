import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NAME_RULE } from "../../../spec";

import { formatFault, TIME_LETTERS } from "../../../spec/times";
import { formattedHint, HINT_RULE, normalizeHint } from "../../../spec/types";
import { RESERVED_COLUMNS } from "../../../spec/vocabulary";
import { faultsOf, ROOT } from "../project";
import { type Case, expectFaults, PIPELINE, source, TOPIC, topic } from "./cases";

const HINTS: Record<string, string | null> = JSON.parse(readFileSync(join(ROOT, "test/fixtures/hints.json"), "utf8"));

const RECORDS =
  "a path that ends at the elements of an array, such as $.Records[*], value[*] or $['odd name'].events[*]";
const NO_OP =
  "missing; mode append keeps every event, and a deletion would look like any other row: name the operation, or use mode upsert or history";
const CARRY = "a path of one field, such as $.account or $['odd name'].id";

const ONE_FIELD = "allowed: the name of a field, or a path of one, such as customer.id or ['odd name'].id";
const MANY_FIELDS = "allowed: the name of a field, or a path, such as price.amount, items[].sku or ['odd name'].id";

const CASES: readonly Case[] = [
  ["no pipeline.yaml", { [PIPELINE]: undefined }, "config/pipeline.yaml  cannot be read: no such file"],
  [
    "an empty file",
    { [PIPELINE]: "# nothing yet\n" },
    "config/pipeline.yaml:1:1  the file is empty; it starts with name, description, settings",
  ],
  [
    "a list instead of a mapping",
    { [PIPELINE]: "- name: shop\n" },
    "config/pipeline.yaml:1:1  found no mapping; it starts with name, description, settings",
  ],
  [
    "YAML that ends too early",
    { [PIPELINE]: "name: shop\nsettings: { timeZone: UTC\n" },
    "config/pipeline.yaml:3:1  not valid YAML: Flow map in block collection must be sufficiently indented and end with a }",
  ],
  [
    "two documents in one file",
    { [PIPELINE]: "name: shop\n---\nname: other\n" },
    "config/pipeline.yaml:2:1  a second document starts here; one file holds one",
  ],
  [
    "a key twice",
    { [PIPELINE]: "name: shop\nname: other\n" },
    "config/pipeline.yaml:2:1  this key stands here twice; keep one",
  ],
  [
    "a tab as indentation",
    { [PIPELINE]: "name: shop\nsettings:\n\ttimeZone: UTC\n" },
    "config/pipeline.yaml:3:1  not valid YAML: Tabs are not allowed as indentation",
  ],
  [
    "a name in upper case, an unknown zone, a word misspelt",
    { [PIPELINE]: "name: Shop\nsettings:\n  timeZone: Mars/Base\n  examples: shape\n" },
    `config/pipeline.yaml:1:7  name: found "Shop"; allowed: ${NAME_RULE}`,
    'config/pipeline.yaml:3:13  settings.timeZone: found "Mars/Base"; allowed: UTC or a zone of the IANA list such as Europe/Berlin',
    'config/pipeline.yaml:4:13  settings.examples: found "shape"; did you mean "shapes"? allowed: shapes, raw',
  ],
  [
    "a number where text is wanted",
    { [PIPELINE]: "name: 1.10\n" },
    "config/pipeline.yaml:1:7  name: found 1.1; allowed: text (put it in quotes)",
  ],
  [
    "numbers out of bounds",
    { [PIPELINE]: "name: shop\nsettings: { heartbeatMinutes: 0, maxFilesPerTrigger: 2.5 }\n" },
    "config/pipeline.yaml:2:31  settings.heartbeatMinutes: found 0; allowed: a whole number, at least 1",
    "config/pipeline.yaml:2:54  settings.maxFilesPerTrigger: found 2.5; allowed: a whole number",
  ],
  [
    "a reference of cdktf, as a value and as a key",
    topic("tags: { owner: 'a ${TfToken[TOKEN.1]}', '#{TfToken[TOKEN.2]}': b }"),
    "config/topics/orders.yaml:6:16  tags.owner: holds ${TfToken[, by which cdktf marks its references; no text may",
    "config/topics/orders.yaml:6:41  tags.#{TfToken[TOKEN.2]}: holds #{TfToken[, by which cdktf marks its references; no text may",
  ],
  ["no topics", { [TOPIC]: undefined }, "config/topics  no such folder; at least one file is needed here"],
  [
    "a file that would not be read",
    { "config/topics/sales.yml": "" },
    "config/topics/sales.yml  is not read; config files end in .yaml",
  ],
  [
    "a topic that names itself",
    topic("name: orders"),
    "config/topics/orders.yaml:6:1  name: unknown key; a topic is named by its file: rename the file instead",
  ],
  [
    "a key misspelt, so that it is missing too",
    { [TOPIC]: "source: { files: orders }\nsilver:\n  mod: append\n" },
    "config/topics/orders.yaml:2:1  silver.mode: missing; allowed: append, upsert, history",
    'config/topics/orders.yaml:3:3  silver.mod: unknown key; did you mean "mode"? allowed: mode, keys, sequenceBy, sequenceType, merge, track, rename, deleteWhen',
  ],
  [
    "a source misspelt",
    source("  file: orders"),
    'config/topics/orders.yaml:3:3  source.file: unknown key; did you mean "files"? allowed: files, onChanged, settleSeconds, duplicateContent, kafka',
  ],
  [
    "two sources",
    source("  files: orders", "  kafka: { topic: orders, bootstrapServers: 'b:9092' }"),
    "config/topics/orders.yaml:3:3  source: found files and kafka together; allowed: exactly one of files, kafka",
  ],
  [
    "a setting of files beside Kafka",
    source("  onChanged: reingest", "  kafka: { topic: orders, bootstrapServers: 'b:9092' }"),
    "config/topics/orders.yaml:3:3  source.onChanged: unknown key; allowed: kafka",
  ],
  [
    "paths of records that are none",
    {
      "config/topics/a.yaml": "source: { files: a }\nrecords: $.Records\nsilver: { mode: append }\n",
      "config/topics/b.yaml": "source: { files: b }\nrecords: '$..Records[*]'\nsilver: { mode: append }\n",
      "config/topics/c.yaml": "source: { files: c }\nrecords: $.Records[0]\nsilver: { mode: append }\n",
      "config/topics/d.yaml":
        "source: { files: d }\nrecords: $.r[*]\ncarry: { x: '$.x[*]' }\nsilver: { mode: append }\n",
      "config/topics/e.yaml": "source: { files: e }\nrecords: $.r[*]\ncarry: { x: $ }\nsilver: { mode: append }\n",
    },
    `config/topics/a.yaml:2:10  records: found "$.Records"; allowed: ${RECORDS}`,
    `config/topics/b.yaml:2:10  records: found "$..Records[*]"; allowed: ${RECORDS}`,
    `config/topics/c.yaml:2:10  records: found "$.Records[0]"; allowed: ${RECORDS}`,
    `config/topics/d.yaml:3:13  carry.x: found "$.x[*]"; allowed: ${CARRY}`,
    `config/topics/e.yaml:3:13  carry.x: found "$"; allowed: ${CARRY}`,
  ],
  [
    "an envelope that carries what it cannot",
    {
      "config/topics/a.yaml": "source: { files: a }\ncarry: { x: $.x }\nsilver: { mode: append }\n",
      "config/topics/b.yaml":
        "source: { files: b }\nrecords: $.r[*]\ncarry: { id: $.x, ID: $.y }\nsilver: { mode: append }\n",
      "config/topics/c.yaml":
        "source: { files: c }\nrecords: $.a['b'].r[*]\ncarry: { x: a.b, y: \"a['b'].r\", z: $.a.bc, d: $ }\nsilver: { mode: append }\n",
    },
    "config/topics/a.yaml:2:13  carry.x: there is no records that it could go along with; add one, or remove it",
    'config/topics/b.yaml:3:23  carry.ID: differs from "id" in case alone; two fields cannot share one name',
    'config/topics/c.yaml:3:13  carry.x: found "a.b", which holds the records themselves; allowed: fields beside them, such as $.account',
    `config/topics/c.yaml:3:21  carry.y: found "a['b'].r", which holds the records themselves; allowed: fields beside them, such as $.account`,
    `config/topics/c.yaml:3:47  carry.d: found "$"; allowed: ${CARRY}`,
  ],
  [
    "change events that say a thing twice, or not at all",
    {
      "config/topics/a.yaml": "source: { files: a }\nunwrap: maxwell\nsilver: { mode: append }\n",
      "config/topics/b.yaml":
        "source: { files: b }\nunwrap: debezium\nsilver: { mode: upsert, keys: [id], sequenceBy: at }\n",
      "config/topics/c.yaml":
        "source: { files: c }\nrecords: $.r[*]\ncarry: { x: $.x }\nunwrap: { value: row, op: $.row }\nsilver: { mode: append }\n",
      "config/topics/d.yaml":
        "source: { kafka: { topic: d, bootstrapServers: 'b:9092', tombstones: delete } }\nunwrap: debezium\nsilver: { mode: upsert, keys: [id], sequenceType: number }\n",
      "config/topics/e.yaml": "source: { files: e }\nunwrap: { value: 'a[*]' }\nsilver: { mode: append }\n",
      "config/topics/f.yaml":
        "source: { files: f }\nrecords: $.r[*]\ncarry: { x: $.x }\ndecode: dynamodb\nsilver: { mode: append }\n",
      "config/topics/g.yaml": "source: { files: g }\nunwrap: { value: Item }\nsilver: { mode: append }\n",
    },
    'config/topics/a.yaml:2:9  unwrap: found "maxwell"; allowed: debezium, { value: … }',
    "config/topics/b.yaml:3:49  silver.sequenceBy: unwrap orders the events by source.ts_ms; remove sequenceBy, or write unwrap with its parts and without sequence",
    "config/topics/c.yaml:3:8  carry: a change event is its row alone (unwrap); remove carry",
    "config/topics/c.yaml:4:27  unwrap.op: is the path of value too; the parts of an event stand apart",
    "config/topics/d.yaml:1:70  source.kafka.tombstones: with unwrap, the event of the deletion deletes, and the tombstone behind it is dropped; remove the key",
    `config/topics/e.yaml:2:1  unwrap.op: ${NO_OP}`,
    `config/topics/e.yaml:2:18  unwrap.value: found "a[*]"; allowed: ${CARRY}`,
    "config/topics/f.yaml:3:8  carry: carried fields are not in DynamoDB's JSON (decode); remove carry",
    `config/topics/g.yaml:2:1  unwrap.op: ${NO_OP}`,
  ],
  [
    "tombstones that could not delete",
    {
      [TOPIC]:
        "source:\n  kafka: { topic: t, bootstrapServers: 'b:9092', tombstones: delete }\nsilver: { mode: upsert, keys: [id], sequenceBy: at }\n",
      "config/topics/log.yaml":
        "source:\n  kafka: { topic: t, bootstrapServers: 'b:9092', tombstones: delete }\nsilver: { mode: append }\n",
    },
    "config/topics/log.yaml:2:62  source.kafka.tombstones: mode append deletes nothing; use mode upsert or history, or quarantine",
    "config/topics/orders.yaml:2:62  source.kafka.tombstones: a tombstone has no sequenceBy to compare; remove silver.sequenceBy (order of offsets), or use quarantine",
  ],
  [
    "a time to settle below zero",
    source("  files: orders", "  settleSeconds: -1"),
    "config/topics/orders.yaml:4:18  source.settleSeconds: found -1; allowed: a whole number, at least 0",
  ],
  [
    "half of mutual TLS, and certificates that have no effect",
    source(
      "  kafka:",
      "    topic: orders",
      "    bootstrapServers: b:9092",
      "    auth: { protocol: PLAINTEXT, clientKey: { scope: s, key: k }, caCertificate: { scope: s, key: c } }",
    ),
    "config/topics/orders.yaml:6:5  source.kafka.auth.clientCertificate: missing; mutual TLS needs both clientCertificate and clientKey",
    "config/topics/orders.yaml:6:82  source.kafka.auth.caCertificate: has no effect here; certificates go with protocol SSL or SASL_SSL, without serviceCredential",
  ],
  [
    "a source that is no mapping",
    { [TOPIC]: "source: orders\nsilver: { mode: append }\n" },
    'config/topics/orders.yaml:1:9  source: found "orders"; allowed: { files: … }, { kafka: … }',
  ],
  [
    "a folder outside the landing volume",
    source("  files: ../orders"),
    'config/topics/orders.yaml:3:10  source.files: found "../orders"; allowed: a folder inside the landing volume, such as orders or shop/orders (what begins with _ or . is not read)',
  ],
  [
    "a value of no choice",
    topic("format: jsonlines"),
    'config/topics/orders.yaml:6:9  format: found "jsonlines"; did you mean "json-lines"? allowed: auto, json-lines, json-array',
  ],
  [
    "upsert and history without keys",
    { [TOPIC]: "source: { files: orders }\nsilver:\n  mode: history\n" },
    "config/topics/orders.yaml:2:1  silver.keys: missing; mode history needs the columns that identify a row, such as keys: [order_id]",
  ],
  [
    "a deletion where nothing is deleted",
    { [TOPIC]: "source: { files: orders }\nsilver: { mode: append, deleteWhen: op = 'D' }\n" },
    "config/topics/orders.yaml:2:37  silver.deleteWhen: mode append deletes nothing; use mode upsert or history, or remove the key",
  ],
  [
    "fields merged where events or versions are kept, or where some have no column",
    {
      "config/topics/a.yaml": "source: { files: a }\nsilver: { mode: append, merge: present_fields }\n",
      "config/topics/b.yaml": "source: { files: b }\nsilver: { mode: history, keys: [id], merge: present_fields }\n",
      "config/topics/c.yaml":
        "source: { files: c }\nsilver: { mode: upsert, keys: [id], merge: present_fields }\nschema: { onNewField: rescue }\n",
      "config/topics/d.yaml": "source: { files: d }\nsilver: { mode: upsert, keys: [id], merge: patch }\n",
    },
    'config/topics/a.yaml:2:32  silver.merge: found "present_fields"; mode append keeps every event: use mode upsert, or remove the key',
    'config/topics/b.yaml:2:45  silver.merge: found "present_fields"; mode history keeps the versions of a row as the events have them: use mode upsert, or remove the key',
    'config/topics/c.yaml:2:44  silver.merge: found "present_fields"; what is rescued has no field that could be merged: use another value than rescue for schema.onNewField and schema.onTypeConflict, or merge: replace',
    'config/topics/d.yaml:2:44  silver.merge: found "patch"; allowed: replace, present_fields',
  ],
  [
    "versions of chosen columns where there are none, and columns that cannot be chosen",
    {
      "config/topics/a.yaml": "source: { files: a }\nsilver: { mode: append, track: [plan] }\n",
      "config/topics/b.yaml": "source: { files: b }\nsilver: { mode: upsert, keys: [id], track: [plan] }\n",
      "config/topics/c.yaml":
        "source: { files: c }\nsilver: { mode: history, keys: [id], sequenceBy: at, rename: { p: plan }, track: [id, at, p, plan, 'items[].sku'] }\n",
      "config/topics/d.yaml": "source: { files: d }\nsilver: { mode: history, keys: [id], track: [] }\n",
      "config/topics/e.yaml":
        "source: { files: e }\nunwrap: debezium\nsilver: { mode: history, keys: [id], track: [after.plan] }\n",
    },
    "config/topics/a.yaml:2:32  silver.track: mode append keeps no versions; use mode history, or remove the key",
    "config/topics/b.yaml:2:44  silver.track: mode upsert keeps no versions; use mode history, or remove the key",
    'config/topics/c.yaml:2:83  silver.track[0]: "id" is a key, which no two rows of a key differ in; remove it',
    'config/topics/c.yaml:2:87  silver.track[1]: "at" orders the rows and changes with each of them; remove it, or remove track',
    'config/topics/c.yaml:2:94  silver.track[3]: "plan" stands here twice; keep one',
    "config/topics/c.yaml:2:100  silver.track[4]: found \"items[].sku\", which names many values: those of an array; allowed: the name of a field, or a path of one, such as customer.id or ['odd name'].id",
    "config/topics/d.yaml:2:45  silver.track: found a list; allowed: at least one entry",
    'config/topics/e.yaml:3:46  silver.track[0]: found "after.plan"; settings name fields of the row that unwrap takes out of "after": write "plan"',
  ],
  [
    "an expression that does not end",
    topic("  deleteWhen: op = ('D'"),
    `config/topics/orders.yaml:6:15  silver.deleteWhen: found "op = ('D'"; ( is opened and never closed`,
  ],
  [
    "keys twice, and a sequence that is a key",
    { [TOPIC]: "source: { files: o }\nsilver: { mode: upsert, keys: [id, ID], sequenceBy: id }\n" },
    'config/topics/orders.yaml:2:36  silver.keys[1]: "ID" stands here twice; keep one',
    'config/topics/orders.yaml:2:53  silver.sequenceBy: "id" is a key; rows of one key differ in the field that orders them',
  ],
  [
    "a sequence of several fields, with a key, a field twice and one of text",
    topic("  sequenceBy: [order_id, lsn, LSN, label]", "schema: { hints: { label: string } }"),
    'config/topics/orders.yaml:6:16  silver.sequenceBy[0]: "order_id" is a key; rows of one key differ in the field that orders them',
    'config/topics/orders.yaml:6:31  silver.sequenceBy[2]: "LSN" stands here twice; keep one',
    'config/topics/orders.yaml:6:36  silver.sequenceBy[3]: "label" has the hint "string", which orders nothing; allowed: a number or a time, or sequenceType: text',
  ],
  [
    "the type of a sequence that there is not",
    topic("  sequenceType: text"),
    "config/topics/orders.yaml:6:17  silver.sequenceType: there is no sequenceBy that it could be the type of; add one, or remove it",
  ],
  [
    "two fields renamed to one column",
    topic("  rename:", "    total: amount", "    sum: Amount"),
    'config/topics/orders.yaml:8:10  silver.rename.sum: "Amount" is already the silver name of "total"; two fields cannot share one column',
  ],
  [
    "a field renamed onto a column of the pipeline, or to what Delta rejects",
    topic('  rename: { ts: ingest_ts, s: _Source, p: "unit price", q: _own }'),
    `config/topics/orders.yaml:6:17  silver.rename.ts: "ingest_ts" is reserved for the pipeline; allowed: any name but ${RESERVED_COLUMNS.join(", ")}`,
    `config/topics/orders.yaml:6:31  silver.rename.s: "_Source" is reserved for the pipeline; allowed: any name but ${RESERVED_COLUMNS.join(", ")}`,
    'config/topics/orders.yaml:6:43  silver.rename.p: found "unit price"; a column of Delta has no blank and none of , ; { } ( ) =',
  ],
  [
    "one field under its two names, silver's and the source's",
    topic(
      "  sequenceBy: [changed_at, Updated_At]",
      "  rename: { order_total: amount, updated_at: changed_at }",
      "schema:",
      "  hints:",
      "    order_total: decimal(18,2)",
      "    Amount: decimal(18,4)",
    ),
    'config/topics/orders.yaml:6:28  silver.sequenceBy[1]: "Updated_At" stands here twice; keep one',
    'config/topics/orders.yaml:11:13  schema.hints.Amount: "Amount" and "order_total" are one field; keep one hint',
  ],
  [
    "hints of no type",
    topic("schema:", "  hints: { a: decimal(48), b: decimal(10,12), c: strin, d: 3 }"),
    `config/topics/orders.yaml:7:15  schema.hints.a: found type "decimal(48)"; did you mean "decimal(18,2)"? allowed: ${HINT_RULE}`,
    'config/topics/orders.yaml:7:31  schema.hints.b: found type "decimal(10" without its closing ); in { } a comma ends a value: put the type in quotes, as "decimal(18,4)"',
    "config/topics/orders.yaml:7:42  schema.hints.12): found nothing; allowed: text",
    `config/topics/orders.yaml:7:50  schema.hints.c: found type "strin"; did you mean "string"? allowed: ${HINT_RULE}`,
    "config/topics/orders.yaml:7:60  schema.hints.d: found 3; allowed: text (put it in quotes)",
  ],
  [
    "quality rules",
    topic(
      "quality:",
      "  - { name: a, expect: 'x > 0; y' }",
      "  - { name: a, expect: x, scope: batch, onViolation: drop }",
      "  - { name: No, onViolation: wan }",
    ),
    'config/topics/orders.yaml:7:24  quality[0].expect: found "x > 0; y"; a semicolon ends a statement; allowed: one SQL expression',
    'config/topics/orders.yaml:8:13  quality[1].name: "a" stands here twice; each rule has its own name',
    'config/topics/orders.yaml:8:54  quality[1].onViolation: found "drop"; allowed for scope batch: warn, fail',
    "config/topics/orders.yaml:9:5  quality[2].expect: missing; allowed: text",
    `config/topics/orders.yaml:9:13  quality[2].name: found "No"; allowed: ${NAME_RULE}`,
    'config/topics/orders.yaml:9:30  quality[2].onViolation: found "wan"; did you mean "warn"? allowed: warn, drop, quarantine, fail',
  ],
  [
    "a topic named by a word of SQL",
    { "config/topics/order.yaml": "source: { files: o }\nsilver: { mode: append }\n" },
    'config/topics/order.yaml:1:1  a topic may not be named "order": it is a word of SQL',
  ],
  [
    "a topic that takes the table of broken records",
    { "config/topics/orders_quarantine.yaml": "source: { files: o }\nsilver: { mode: append }\n" },
    'config/topics/orders_quarantine.yaml:1:1  a topic may not be named "orders_quarantine": that table holds the broken records of orders',
  ],
  [
    "a topic that takes the table of deleted keys",
    { "config/topics/orders_deletes.yaml": "source: { files: o }\nsilver: { mode: append }\n" },
    'config/topics/orders_deletes.yaml:1:1  a topic may not be named "orders_deletes": that table holds the deleted keys of orders',
  ],
  [
    "a topic that takes the table of typed rows",
    { "config/topics/orders_rows.yaml": "source: { files: o }\nsilver: { mode: append }\n" },
    'config/topics/orders_rows.yaml:1:1  a topic may not be named "orders_rows": that table holds the typed rows of orders',
  ],
  [
    "a Kafka key misspelt",
    source("  kafka: { topic: o, bootstrapServer: 'b:9092' }"),
    "config/topics/orders.yaml:3:3  source.kafka.bootstrapServers: missing; allowed: text",
    'config/topics/orders.yaml:3:22  source.kafka.bootstrapServer: unknown key; did you mean "bootstrapServers"? allowed: topic, bootstrapServers, startingOffsets, maxOffsetsPerTrigger, tombstones, failOnDataLoss, auth',
  ],
  [
    "Kafka without a way to sign in",
    source("  kafka:", "    topic: orders", "    bootstrapServers: broker", "    auth: {}"),
    'config/topics/orders.yaml:5:23  source.kafka.bootstrapServers: found "broker"; allowed: host:port, separated by commas',
    "config/topics/orders.yaml:6:5  source.kafka.auth.username: missing; protocol SASL_SSL needs serviceCredential, or username and password",
  ],
  [
    "Kafka with two ways to sign in",
    source(
      "  kafka:",
      "    topic: orders",
      "    bootstrapServers: b:9092",
      "    auth:",
      "      serviceCredential: msk",
      "      username: { scope: s, key: u }",
    ),
    "config/topics/orders.yaml:7:26  source.kafka.auth.serviceCredential: found together with username, password or mechanism; use the one or the other",
  ],
  [
    "a secret in config",
    source(
      "  kafka:",
      "    topic: orders",
      "    bootstrapServers: b:9092",
      "    auth:",
      "      username: { scope: s, key: u }",
      "      password: hunter2",
    ),
    "config/topics/orders.yaml:8:17  source.kafka.auth.password: found a text, which is not shown; allowed: a mapping with scope, key",
  ],
  [
    "paths that are none, and that name many values",
    {
      [TOPIC]: [
        "source: { files: orders }",
        "silver:",
        "  mode: upsert",
        '  keys: ["items[0].sku", "items[].sku", "[].id"]',
        "  sequenceBy: lines[*].at",
        '  rename: { "tags[].name": tag }',
        "schema: { hints: { items..sku: string, 'items[': int } }",
        "",
      ].join("\n"),
    },
    `config/topics/orders.yaml:4:10  silver.keys[0]: found "items[0].sku", which is no path; ${ONE_FIELD}`,
    `config/topics/orders.yaml:4:26  silver.keys[1]: found "items[].sku", which names many values: those of an array; ${ONE_FIELD}`,
    `config/topics/orders.yaml:4:41  silver.keys[2]: found "[].id", which is no path; ${ONE_FIELD}`,
    `config/topics/orders.yaml:5:15  silver.sequenceBy: found "lines[*].at", which names many values: those of an array; ${ONE_FIELD}`,
    `config/topics/orders.yaml:6:28  silver.rename.tags[].name: found "tags[].name", which names many values: those of an array; ${ONE_FIELD}`,
    `config/topics/orders.yaml:7:50  schema.hints.items[: found "items[", which is no path; ${MANY_FIELDS}`,
  ],
  [
    "paths that mean one field, written twice",
    {
      [TOPIC]: [
        "source: { files: orders }",
        "silver:",
        "  mode: upsert",
        `  keys: [customer.id, "$.Customer['id']", buyer.id]`,
        "  sequenceBy: client.id",
        "  rename: { customer: client, buyer.id: buyer }",
        "schema: { hints: { client.id: int, customer.id: string, buyer: string, buyer.id: int } }",
        "",
      ].join("\n"),
    },
    `config/topics/orders.yaml:4:23  silver.keys[1]: "$.Customer['id']" stands here twice; keep one`,
    'config/topics/orders.yaml:5:15  silver.sequenceBy: "client.id" is a key; rows of one key differ in the field that orders them',
    'config/topics/orders.yaml:7:49  schema.hints.customer.id: "customer.id" and "client.id" are one field; keep one hint',
    'config/topics/orders.yaml:7:82  schema.hints.buyer.id: "buyer.id" and "buyer" are one field; keep one hint',
  ],
  [
    "hints inside of each other, and arrays that are none elsewhere",
    {
      [TOPIC]: [
        "source: { files: orders }",
        "silver:",
        "  mode: upsert",
        "  keys: [order_id, items.id]",
        "schema:",
        "  hints:",
        "    meta: json",
        "    meta.x: int",
        "    'items[].sku': string",
        "    items.qty: int",
        "",
      ].join("\n"),
    },
    `config/topics/orders.yaml:4:20  silver.keys[1]: "items.id" leads into "items", which is an array by the hint "items[].sku"; ${ONE_FIELD}`,
    'config/topics/orders.yaml:8:13  schema.hints.meta.x: "meta.x" lies inside of "meta", whose hint types all of it; keep one',
    'config/topics/orders.yaml:10:16  schema.hints.items.qty: "items.qty" and "items[].sku" do not agree: "items" is an array in one of them; write its elements as [] in both',
  ],
  [
    "paths that begin in the change event instead of its row",
    {
      [TOPIC]: [
        "source: { files: orders }",
        "unwrap: debezium",
        "silver: { mode: upsert, keys: [after.id], rename: { before.name: old } }",
        "schema: { hints: { after.amount: int } }",
        "",
      ].join("\n"),
    },
    'config/topics/orders.yaml:3:32  silver.keys[0]: found "after.id"; settings name fields of the row that unwrap takes out of "after": write "id"',
    'config/topics/orders.yaml:3:66  silver.rename.before.name: found "before.name"; settings name fields of the row that unwrap takes out of "before": write "name"',
    'config/topics/orders.yaml:4:34  schema.hints.after.amount: found "after.amount"; settings name fields of the row that unwrap takes out of "after": write "amount"',
  ],
];

describe("faults of pipeline and topics", () => expectFaults(CASES));

describe("hints", () => {
  it.each([
    ["timestamp(MM/dd)", "it has no year that is always there"],
    ["timestamp(yyyy-mm-dd)", "mm is the minute, and follows the hour; the month is MM"],
    ["timestamp(mm/dd/yyyy HH:MM)", "mm is the minute, and follows the hour; the month is MM"],
    ["timestamp(dd/MM/yyyy HH:MM)", "MM is the month; the minute, which follows the hour, is mm"],
    ["timestamp(yyyy-dd HH:MM)", "MM is the month; the minute, which follows the hour, is mm"],
    ["timestamp(yyyy-dd HH)", "it has no month that is always there"],
    ...["timestamp(yyyy-MM-dd hh:mm)", "timestamp(yyyy-MM-dd hh:mm[ a])", "timestamp(yyyy-MM-dd[ h][ a])"].map(
      (hint) => [
        hint,
        "h and hh, hours of a half day, and a (am, pm) need each other: both always there, or both in one pair of brackets",
      ],
    ),
    [
      "timestamp(yyyy-MM-ddTHH:mm)",
      `T is no letter of a format; allowed: ${Object.keys(TIME_LETTERS).join(", ")}; text stands in quotes, as in yyyy-MM-dd'T'HH:mm`,
    ],
    [
      "timestamp(constructor)",
      `c is no letter of a format; allowed: ${Object.keys(TIME_LETTERS).join(", ")}; text stands in quotes, as in yyyy-MM-dd'T'HH:mm`,
    ],
    [
      "timestamp(YYYY-MM-dd)",
      `YYYY is no letter of a format (yyyy is); allowed: ${Object.keys(TIME_LETTERS).join(", ")}; text stands in quotes, as in yyyy-MM-dd'T'HH:mm`,
    ],
    ["date(rfc2822)", "a day has no time; use timestamp(rfc2822)"],
    ["timestamp(yyyy-MM-dd [HH:mm)", "brackets enclose what may be left out, and are not nested"],
    ["timestamp(yyyy-MM-dd yyyy)", "it has the year twice"],
    ["timestamp(yyyy-MM-dd'T)", "a quote is open; text stands in quotes, as in yyyy-MM-dd'T'HH:mm"],
    ["date(yyyy-MM-dd HH)", "a day has no hour; use timestamp(...)"],
  ])("%s: %s", (hint, fault) => {
    const { type, pattern } = formattedHint(hint) ?? { type: "date", pattern: "" };
    expect(formatFault(type, pattern)).toBe(fault);
    const config = `source: { files: o }\nsilver: { mode: append }\nschema: { hints: { a: "${hint}" } }\n`;
    expect(faultsOf({ "config/topics/orders.yaml": config }).join("\n")).toContain(
      `schema.hints.a: found type "${hint}": ${fault}.`,
    );
  });

  it("that a comma in { } cuts off say so", () => {
    const config =
      "source: { files: o }\nsilver: { mode: append }\nschema: { hints: { a: timestamp(d MMM yyyy, HH:mm) } }\n";
    expect(faultsOf({ "config/topics/orders.yaml": config })[0]).toContain(
      'found type "timestamp(d MMM yyyy" without its closing ); in { } a comma ends a value: put the type in quotes',
    );
  });

  // The Python side reads the same list: test/pipelines/inference/test_values.py.
  it.each(Object.entries(HINTS))("%s is %s", (hint, type) => expect(normalizeHint(hint) ?? null).toBe(type));
});
