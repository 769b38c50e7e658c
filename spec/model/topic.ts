import { z } from "zod";
import type { TopicConfig } from "../generated/config-types";
import { RECORDS_PATH, VALUE_PATH } from "../paths";
import { days, name, secretRef, tags, text } from "./names";

const kafkaAuth = z.strictObject({
  username: secretRef.optional().describe("User name, kept in a secret scope."),
  password: secretRef.optional().describe("Password, kept in a secret scope."),
  mechanism: z
    .enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
    .optional()
    .describe("SASL mechanism for user name and password. Default: PLAIN."),
  caCertificate: secretRef
    .optional()
    .describe("Certificate (PEM) that signed the brokers', in a secret scope. Default: Java's own list."),
  clientCertificate: secretRef.optional().describe("Certificate chain (PEM) of this client, for mutual TLS."),
  clientKey: secretRef.optional().describe("Private key (PEM, PKCS #8, without a password) of that certificate."),
  serviceCredential: text.optional().describe("A Unity Catalog service credential: needs no secret."),
  protocol: z
    .enum(["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"])
    .default("SASL_SSL")
    .describe("Security protocol of the brokers."),
});

export const kafkaSource = z.strictObject({
  topic: text.describe("Topic at the brokers."),
  bootstrapServers: text.describe("Brokers, `host:port`, separated by commas."),
  startingOffsets: text.default("earliest").describe("Start of the first run: earliest, latest, or offsets as JSON."),
  maxOffsetsPerTrigger: z.number().int().positive().optional().describe("Largest number of records in one batch."),
  tombstones: z
    .enum(["quarantine", "delete"])
    .default("quarantine")
    .describe(
      "A message without a value: goes to quarantine, or deletes the row whose key its Kafka key names. delete: not with silver.sequenceBy or mode append.",
    ),
  failOnDataLoss: z
    .boolean()
    .default(true)
    .describe(
      "true: a run fails when the brokers deleted records that it had not read. false: it continues with a gap.",
    ),
  auth: kafkaAuth.optional().describe("Authentication at the brokers. Default: no authentication."),
});

const topicSource = z.union([
  z.strictObject({
    files: text.describe(
      "Folder in the landing volume with this topic's JSON files; the folders of topics cannot contain each other.",
    ),
    onChanged: z
      .enum(["error", "reingest"])
      .default("error")
      .describe(
        "Effect of a file that changed after it was ingested. error: the topic fails until the file is corrected. reingest: the new records of the file are ingested.",
      ),
    settleSeconds: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe(
        "Minimum age of a file in seconds before it is read. For writers that cannot move a finished file into the folder by a rename.",
      ),
    duplicateContent: z
      .enum(["skip", "take"])
      .optional()
      .describe(
        "Effect of a file whose content was ingested under another name. skip: it is a copy. take: its records are new events. Default: take where silver.mode is append and no keys are given, else skip.",
      ),
  }),
  z.strictObject({ kafka: kafkaSource.describe("A Kafka topic (MSK, Event Hubs, Google Managed Kafka, your own).") }),
]);

const qualityRule = z.strictObject({
  name: name.describe("Name of the rule, once per topic."),
  expect: text.describe(
    "One SQL expression that holds for good rows (scope row) or for a good batch (scope batch), made of Spark's deterministic functions.",
  ),
  scope: z
    .enum(["row", "batch"])
    .default("row")
    .describe("row: evaluated row by row. batch: evaluated over counts such as read_rows and quarantined_rows."),
  onViolation: z
    .enum(["warn", "drop", "quarantine", "fail"])
    .default("warn")
    .describe("Action on rows that break the rule; a batch rule can only warn or fail."),
});

const silverConfig = z.strictObject({
  mode: z
    .enum(["append", "upsert", "history"])
    .describe("append: every row. upsert: the latest row per key. history: every version of a key (SCD type 2)."),
  keys: z
    .array(text)
    .default([])
    .describe(
      "Fields that identify a row, as the source or silver spells them, by path where they are inside of objects (`customer.id`); needed by upsert and history. A null key is quarantined.",
    ),
  sequenceBy: z
    .union([text, z.array(text).min(1)])
    .optional()
    .describe(
      "Field (as the source or silver spells it, by path inside of objects) that orders two rows of one key, or a list of them (each with nulls first); in mode history, the (first) one is the time from which a version is valid. A number or a time: a record in which it is neither goes to quarantine (sequence_conflict). Default: order of arrival (source, then position).",
    ),
  sequenceType: z
    .enum(["number", "time", "text"])
    .optional()
    .describe(
      "Type of sequenceBy. text: compared as text, whatever it looks like. Default: numbers or times, whichever comes first (times, where both come at once).",
    ),
  merge: z
    .enum(["replace", "present_fields"])
    .default("replace")
    .describe(
      "Effect of an event on the row of its key, in mode upsert. replace: the newest event is the row. present_fields: a partial update; a field that the event lacks keeps its value, null removes it, and each field has the value of the newest event that contains it.",
    ),
  track: z
    .array(text)
    .min(1)
    .optional()
    .describe(
      "In mode history: fields whose changes make a version, as the source or silver spells them, by path inside of objects. Rows of a key that follow each other and are equal in them are one version, valid from the first of them; it has the values of the last one. Default: every row is a version.",
    ),
  rename: z
    .record(z.string(), text)
    .default({})
    .describe(
      "Field: its name in silver. Without it, a column is spelled as the source spells its field; what Delta rejects in a name is escaped (`unit price`: `unit_x20_price`). A path, such as `customer.id`, copies the field into a column of its own; the object keeps it.",
    ),
  deleteWhen: text
    .optional()
    .describe(
      "SQL expression over silver columns and the fields inside of them (the source's spelling is accepted, too): a row for which it is true deletes its key. Missing columns read as null; null deletes nothing. Not with mode append.",
    ),
});

const schemaConfig = z.strictObject({
  onNewField: z
    .enum(["add", "rescue", "ignore", "fail"])
    .default("add")
    .describe("A field not seen before: becomes a column, is kept as JSON, is left in bronze, or fails the run."),
  onTypeConflict: z
    .enum(["promote", "rescue", "quarantine", "fail"])
    .default("promote")
    .describe(
      "A value that does not fit its column: the column becomes text, the value is kept as JSON, the record is quarantined, or the run fails.",
    ),
  compatibility: z
    .enum(["none", "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive"])
    .default("none")
    .describe("Compatibility that a new schema version must have; a rejected version quarantines its records."),
  quoted: z
    .enum(["infer", "keep"])
    .default("infer")
    .describe(
      "Numbers and booleans in quotes. infer: typed where the type gives back the same text for every value (integers; fractions of one number of digits, as decimal). keep: text.",
    ),
  decimalSeparator: z.enum([".", ","]).default(".").describe("Decimal separator of quoted numbers."),
  hints: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      "Column, as silver or the source spells it, or path of a field inside (`price.amount`, `items[].sku`): type. For what inference cannot know: money (`decimal(18,4)`), times that are numbers (`timestamp_millis`) or have a format (`timestamp(dd/MM/yyyy HH:mm)`), objects whose keys are data (`map<string, bigint>`), anything as its JSON text (`json`).",
    ),
});

/** Path of the records inside of a document. */
const recordsPath = z
  .string()
  .regex(
    RECORDS_PATH,
    "a path that ends at the elements of an array, such as $.Records[*], value[*] or $['odd name'].events[*]",
  );

/** Path of one value in a document. */
const valuePath = z.string().regex(VALUE_PATH, "a path of one field, such as $.account or $['odd name'].id");

const changeEvent = z.union([
  z.literal("debezium"),
  z.strictObject({
    value: valuePath.describe(
      "Path of the row after the change, such as `after` or `dynamodb.NewImage`. Text is read as JSON.",
    ),
    before: valuePath
      .optional()
      .describe(
        "Path of the row before the change; of a deletion, at least its key. Default: the row of a deletion is at value, too.",
      ),
    op: valuePath
      .optional()
      .describe(
        "Path of the operation: `c`, `r`, `u`, `d`, or a word such as `INSERT`, `MODIFY`, `delete`, in any case. Default: an event without a value is a deletion.",
      ),
    sequence: valuePath
      .optional()
      .describe(
        "Path of the number or time that orders the events of a key, such as `source.lsn`; the column `_sequence`. Default: silver.sequenceBy, or the order of arrival.",
      ),
  }),
]);

const topicRetention = z.strictObject({
  bronzeDays: days
    .optional()
    .describe("Raw records older than this many days are deleted once silver has them. Default: kept for ever."),
  quarantineDays: days
    .optional()
    .describe("Quarantined records older than this many days are deleted. Default: kept for ever."),
});

/** One file of config/topics. The topic is named by its file. */
export const topicConfig = z.strictObject({
  description: text
    .optional()
    .describe(
      "Meaning of the events. Becomes the comment of the silver table, and part of the comments of the bronze tables.",
    ),
  source: topicSource.describe("Source of the events: exactly one of files, kafka."),
  format: z
    .enum(["auto", "json-lines", "json-array"])
    .default("auto")
    .describe(
      "json-lines: a record per line, or an array of records per line. json-array, auto: detected per file; also arrays and objects over several lines, one after the other. Compression by gzip, zstd or bzip2 is detected.",
    ),
  encoding: z
    .enum(["utf-8", "latin-1", "windows-1252", "utf-16", "utf-16le", "utf-16be"])
    .default("utf-8")
    .describe(
      "Encoding of files and messages. A byte order mark outranks it. Bytes that are invalid in it are kept in bronze, and their record goes to quarantine (invalid_utf8) until the encoding is corrected and the record replayed.",
    ),
  records: recordsPath
    .optional()
    .describe(
      "Path of the records inside of each document or message, such as `$.Records[*]` (names as the source spells them): each element is a record. An array at the top is always cut first. A document without it goes to quarantine as a whole (broken_envelope). Default: a document is a record.",
    ),
  carry: z
    .record(text, valuePath)
    .optional()
    .describe(
      "Field: path in the document, such as `account: $.account`; every record begins with these fields. A record that has one of that name goes to quarantine (duplicate_key), a document that lacks one as a whole (broken_envelope). Only with records.",
    ),
  unwrap: changeEvent
    .optional()
    .describe(
      "Change events of a database: the row is extracted from its envelope. debezium: `{ value: after, before: before, op: op, sequence: source.ts_ms }`. A deletion deletes its key; in mode append every event is a row, with its operation as `_op`. Messages without a row (transactions, heartbeats, tombstones) are dropped and counted, an event without these parts goes to quarantine (broken_change_event). Default: a record is a row.",
    ),
  decode: z
    .enum(["dynamodb", "mongo"])
    .optional()
    .describe(
      'Encoding of the values. dynamodb: DynamoDB\'s JSON (`{"N": "1.10"}`). mongo: MongoDB\'s extended JSON, version 2, canonical or relaxed. A record with another value goes to quarantine (undecodable_value). Default: plain JSON.',
    ),
  silver: silverConfig.describe("Rules by which bronze rows become the silver table."),
  schema: schemaConfig.prefault({}).describe("Rules for the evolution of the schema."),
  quality: z.array(qualityRule).default([]).describe("Rules that rows or batches must keep."),
  retention: topicRetention.prefault({}).describe("Days for which raw and quarantined records are kept."),
  tags: tags.describe(
    "Tags of the topic's tables in bronze and silver, each as the table property `medallion.tag.<name>`.",
  ),
});
export type { TopicConfig };

/** Position in its file at which the text of an expression begins. */
const position = z.strictObject({
  line: z.number().int().min(1).describe("Line, from 1."),
  column: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe("Column, from 1; absent where the text is written otherwise than it reads (folded, or with escapes)."),
});
export const positions = z
  .record(z.string(), position)
  .describe("Positions of expressions in config/topics/<name>.yaml, by their key, such as quality[0].expect.");
export type Positions = z.infer<typeof positions>;
/** Topic with its name and the positions of its expressions. */
export type Topic = TopicConfig & {
  readonly name: string;
  /** Positions of expressions in the topic's file, by their key; absent where it has none. */
  readonly positions?: Positions;
};
/** Quality rule of a topic, as it is read. */
export type QualityRule = TopicConfig["quality"][number];
/** Kafka source of a topic, as it is read. */
export type KafkaSource = Extract<TopicConfig["source"], { kafka: unknown }>["kafka"];
