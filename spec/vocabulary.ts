/**
 * The closed lists that configuration, constructs, the Python library, alerts, dashboards and docs share: each stands here
 * alone. `npm run generate` writes them to `pipelines/vocabulary.json` and `docs/reference/vocabulary.md`.
 */
import { TIME_FORMATS, TIME_LETTERS } from "./times";
import { HINT_WORDS } from "./types";

/** Actions of the job, with their meaning. `prepare` or the task `action` carries them out; `run` is the pipeline itself. */
export const ACTIONS = {
  run: "the pipeline itself",
  check: "what the files of a folder would do to a topic; nothing is written",
  replay: "quarantined records are evaluated again; the good ones go to silver, once",
  accept_batch: "a batch that a rule with onViolation fail rejected goes through as it is, once",
  quarantine_batch: "what such a rule rejected goes to quarantine, the rest of the batch through",
  full_refresh: "silver is derived again from bronze, then gold; bronze stays as it is",
  forget: "the rows of some keys are deleted, wherever this pipeline keeps them",
  doctor: "every assumption that cannot be tested outside a workspace is checked in it",
} as const;
/** Name of an action. */
export type Action = keyof typeof ACTIONS;

/** Finders of new files: the pipeline's own ledger, or Auto Loader (in a workspace only). */
export const FILE_SOURCES = ["ledger", "cloudFiles"] as const;

/** Parameters of the job with their defaults; they are the widgets of every notebook and the options of `run_once`. */
export const PARAMETERS = {
  run_id: "",
  action: "run",
  action_arguments: "",
  catalog: "",
  schema_bronze: "bronze",
  schema_silver: "silver",
  schema_gold: "gold",
  schema_ops: "ops",
  volume_root: "/Volumes",
  landing: "",
  checkpoints: "",
  file_source: "ledger",
  pipeline_document: "",
  library_hash: "",
  owner: "",
  topics: "",
  models: "",
} as const;
/** Name of a parameter of the job. */
export type ParameterName = keyof typeof PARAMETERS;

/** Meanings of the parameters, for the reference. */
export const PARAMETER_MEANINGS: Readonly<Record<ParameterName, string>> = {
  run_id: "identifier of the run in every log; empty: the run makes its own",
  action: "action of the job, one of those above",
  action_arguments: "arguments of the action, as JSON: an object of texts",
  catalog: "catalog of all tables; empty: the current one of the session",
  schema_bronze: "schema of the bronze tables",
  schema_silver: "schema of the silver tables",
  schema_gold: "schema of the gold tables",
  schema_ops: "schema of registry, run log, quality and progress",
  volume_root: "folder below which the volumes lie; outside of Databricks a folder of the machine",
  landing: "folder in which files arrive; empty: the volume `landing` of the bronze schema",
  checkpoints: "folder of checkpoints and ledgers; empty: the volume `checkpoints` of the ops schema",
  file_source: "finder of new files: `ledger`, or `cloudFiles` in a workspace",
  pipeline_document: "path of the pipeline document; empty: the default that the library brings",
  library_hash: "hash of the deployed library; `doctor` compares it with the library that runs",
  owner: "group that tables are handed over to; empty: nobody",
  topics: "topics of this run, separated by commas; empty: all",
  models: "gold models of this run, separated by commas; empty: all",
};

/** Columns behind the typed ones of a silver table, with their Spark types: where a row came from, and what became of it. */
const AUDIT_COLUMNS = {
  ingest_ts: "timestamp",
  _source: "string",
  _position: "bigint",
  _row_id: "string",
  _schema_version: "bigint",
  _field_faults: "string",
} as const;

/** Columns that the pipeline itself adds to silver, and those that Spark and Delta add to what is read of a table. */
export const RESERVED_COLUMNS: readonly string[] = [
  ...Object.keys(AUDIT_COLUMNS),
  "_rescued_data",
  ...["_valid_from", "_valid_to", "_is_current"],
  "_field_order",
  ...["_metadata", "_change_type", "_commit_version", "_commit_timestamp"],
];

/** Faults of a record or a field, with their meanings. A violated rule counts as `rule:<name>`. */
const FAULTS = {
  invalid_json: "the record is not JSON",
  invalid_utf8: "bytes that are not of the topic's encoding; bronze keeps them",
  duplicate_key: "a key stands twice in one JSON object; not two records of one key",
  not_an_object: "the record is JSON, but no object",
  broken_envelope: "a document without what the topic's `records` or `carry` names; it is kept as a whole",
  broken_change_event: "a change event without what the topic's `unwrap` names, or with an operation that is not known",
  undecodable_value: "a value that is not in the encoding of the topic's `decode`",
  non_finite: "NaN or Infinity, which JSON does not have",
  name_collision: "two names of one object differ in case alone",
  too_deep: "nested deeper than the limit",
  too_large: "longer than the limit",
  too_wide: "more fields than the limit",
  tombstone: "a Kafka message without a value; source.kafka.tombstones says what becomes of it",
  missing_key: "a field of silver.keys is null",
  sequence_conflict: "silver.sequenceBy is neither a number nor a time, or not what is registered",
  type_conflict: "a value that its column does not take",
  unexpected_field: "a field that the contract does not let in",
  incompatible_schema: "compatibility does not allow the version that the record needs",
  bad_cast: "a value that does not fit the hint",
  empty_text: "a text without characters where its column has another type",
} as const;

/** Reasons in quarantine that come of rules, with their meaning. */
const RULE_FAULTS = {
  quality_rule: "a quality rule is violated",
  rule_not_evaluated: "a quality rule cannot be evaluated; a warning of the run says why",
  batch_rejected: "an operator put the record there, because a rule rejected its batch",
} as const;

/** Ways out of quarantine, by its reasons: what to do before `replay`. The report shows them. */
const WAYS_OUT: Readonly<Record<keyof typeof FAULTS | keyof typeof RULE_FAULTS, string>> = {
  invalid_json: "correct the producer; or repair `raw` in the quarantine table",
  invalid_utf8: "set `encoding` of the topic",
  duplicate_key: "correct the producer; or repair `raw` in the quarantine table",
  not_an_object: "correct the producer; or repair `raw` in the quarantine table",
  broken_envelope: "set `records` and `carry` of the topic, or land the file again",
  broken_change_event: "set `unwrap` of the topic, or correct the settings of the connector",
  undecodable_value: "set `decode` of the topic; or repair `raw` in the quarantine table",
  non_finite: "correct the producer; or repair `raw` in the quarantine table",
  name_collision: "correct the producer: it writes one name in two ways",
  too_deep: "correct the producer: the record is beyond the limits",
  too_large: "correct the producer: the record is beyond the limits",
  too_wide: "correct the producer: the record is beyond the limits",
  tombstone: "set `source.kafka.tombstones: delete`, where it is to delete the row of its key",
  missing_key: "correct the producer; or set other `silver.keys`",
  sequence_conflict: "correct the producer; or set a hint for the field, or `silver.sequenceType: text`",
  type_conflict: "set `schema.onTypeConflict` or a hint; or repair `raw` in the quarantine table",
  unexpected_field: "set `schema.onNewField: add`",
  incompatible_schema: "set another `schema.compatibility`",
  bad_cast: "correct the hint of the field; or repair `raw` in the quarantine table",
  empty_text: "correct the producer; or set the hint `string` for the field",
  quality_rule: "correct the rule; or repair `raw` in the quarantine table",
  rule_not_evaluated: "correct the rule: the run's warning says what is wrong with it",
  batch_rejected: "repair `raw` in the quarantine table, or correct the rule; replayed only when named",
};

type Level = "info" | "warning" | "error";
type Stage = "prepare" | "bronze" | "silver" | "gold" | "finish";

interface Event {
  readonly stages: readonly Stage[];
  readonly level: Level;
  readonly meaning: string;
  /** True if the event says that there was nothing to do: a run of such events alone writes no log. */
  readonly idle?: true;
}

/** Builds an event. */
const event = (stages: Stage | readonly Stage[], level: Level, meaning: string): Event => ({
  stages: typeof stages === "string" ? [stages] : stages,
  level,
  meaning,
});

/** Events of `ops.run_log`, with the stages that write them and their level. */
export const EVENTS = {
  prepared: event("prepare", "info", "tables that were missing are created"),
  doctor: event("prepare", "info", "the action doctor found nothing wrong"),
  doctor_failed: event("prepare", "error", "the action doctor found something wrong"),
  batch_accepted: event("prepare", "warning", "the action accept_batch let a batch through"),
  batch_quarantined: event("prepare", "warning", "the action quarantine_batch let the rest of a batch through"),
  forgotten: event("prepare", "info", "the action forget deleted rows"),
  ingested: event("bronze", "info", "new records are in bronze"),
  idle: { ...event(["bronze", "silver"], "info", "there was nothing new"), idle: true },
  file_waiting: event("bronze", "warning", "a file is left for a later run, with the reason"),
  file_unread: event("bronze", "warning", "nothing could be read of a file, with the reason"),
  file_skipped: event("bronze", "warning", "a file has the content of another one, and is not read"),
  ledger_recovered: event("bronze", "info", "the end of the ledger of files is restored from the table"),
  ledger_rebuilt: event("bronze", "warning", "the ledger of files was lost, and is rebuilt from the table"),
  ledger_discarded: event(
    "bronze",
    "warning",
    "the ledger of files does not belong to the table any more, and is begun again",
  ),
  checkpoint_discarded: event("bronze", "warning", "the checkpoint of a stream does not belong to the table any more"),
  checkpoint_rebuilt: event(
    "bronze",
    "warning",
    "the checkpoint of a stream was lost; it resumes behind what the table has",
  ),
  processed: event("silver", "info", "new rows went to silver; the row counts"),
  replayed: event("silver", "info", "quarantined records were evaluated again; the row counts"),
  refreshed: event(["silver", "gold"], "info", "a table was derived again, or a model refreshed"),
  rebuilt: event("silver", "info", "a silver table was rebuilt from bronze"),
  schema_registered: event("silver", "info", "a version of a topic's schema is registered"),
  schema_drift: event("silver", "warning", "a topic's schema changed, or the contract rejected a change"),
  sequence_unordered: event("silver", "warning", "no record of a batch had a number or a time in silver.sequenceBy"),
  setting_without_effect: event("silver", "warning", "a setting names what no record has had, or cannot be evaluated"),
  up_to_date: { ...event("gold", "info", "the inputs and the SQL of a model are as they were"), idle: true },
  failed: event(["bronze", "silver", "gold"], "error", "a topic or a model failed, with the reason"),
  owner_set: event("finish", "info", "tables were handed over to the group that owns the pipeline"),
  owner_failed: event("finish", "warning", "tables could not be handed over"),
  drift_delivered: event("finish", "info", "drifts were posted to the webhook"),
  drift_not_delivered: event("finish", "warning", "the webhook does not take drifts; they wait"),
  drift_webhook_failed: event("finish", "warning", "drifts could not be looked for or posted"),
  retention: event("finish", "info", "rows older than their retention were deleted"),
  retention_waits: event("finish", "warning", "old rows of bronze stay until silver has consumed them"),
  retention_failed: event("finish", "warning", "old rows could not be deleted"),
  described: event("finish", "info", "comments or tags of tables were set as the config has them now"),
  description_failed: event("finish", "warning", "comments or tags of tables could not be set"),
  compacted: event("finish", "info", "small files of tables were put together"),
  compaction_failed: event("finish", "warning", "small files could not be put together"),
  run_succeeded: event("finish", "info", "everything in the run succeeded"),
  run_failed: event("finish", "error", "something in the run failed"),
} as const satisfies Readonly<Record<string, Event>>;

/** Everything that Python shares, as it stands in `pipelines/vocabulary.json`. */
export const VOCABULARY = {
  actions: ACTIONS,
  fileSources: FILE_SOURCES,
  parameters: PARAMETERS,
  hints: HINT_WORDS,
  timeLetters: TIME_LETTERS,
  timeFormats: TIME_FORMATS,
  auditColumns: AUDIT_COLUMNS,
  reservedColumns: RESERVED_COLUMNS,
  faults: FAULTS,
  ruleFaults: RULE_FAULTS,
  waysOut: WAYS_OUT,
  events: EVENTS,
} as const;
