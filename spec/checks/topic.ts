import type { TopicConfig } from "../model/topic";
import type { Checked, Known, Report } from "../reading/checked";
import { show } from "../words";
import { checkColumns } from "./columns";
import { rowExpressionFault } from "./expression";
import { checkKafka } from "./kafka";
import { nameFault } from "./names";

/** Tables that stand beside a topic's own in bronze. */
const BESIDE = { _quarantine: "broken records", _deletes: "deleted keys", _rows: "typed rows" };

/** Checks topics beyond their schema, one by one and together. */
export function checkTopics(topics: readonly Checked<TopicConfig>[]): void {
  const names = topics.map((topic) => topic.stem);
  for (const { stem, known, report } of topics) {
    const fault =
      nameFault(stem) ??
      (/^group_\d+$/.test(stem) ? "tasks that share topics are named group_1, group_2, …" : undefined);
    if (fault !== undefined) report([], `a topic may not be named ${show(stem)}: ${fault}`, "reserved_name");
    for (const [suffix, held] of Object.entries(BESIDE)) {
      const twin = stem.endsWith(suffix) ? stem.slice(0, -suffix.length) : undefined;
      if (twin !== undefined && names.includes(twin)) {
        report([], `a topic may not be named ${show(stem)}: that table holds the ${held} of ${twin}`, "reserved_name");
      }
    }
    checkSource(known, report);
    checkTombstones(known, report);
    checkRecords(known, report);
    checkUnwrap(known, report);
    checkMode(known, report);
    checkColumns(known, report);
    checkQuality(known, report);
  }
  checkFolders(topics);
}

/** A file belongs to one topic: folders are read with what lies below them. */
function checkFolders(topics: readonly Checked<TopicConfig>[]): void {
  const read = topics.flatMap(({ stem, known: { source }, report }) =>
    source !== undefined && "files" in source && source.files !== undefined
      ? [{ stem, folder: source.files, report }]
      : [],
  );
  for (const [index, { folder, report }] of read.entries()) {
    const other = read
      .slice(0, index)
      .find((each) => `${each.folder}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${each.folder}/`));
    if (other === undefined) continue;
    const how =
      other.folder === folder
        ? "is also the folder of"
        : `and the folder ${show(other.folder)} lie in each other, which is that of`;
    report(
      ["source", "files"],
      `${show(folder)} ${how} the topic ${other.stem}; every topic has a folder of its own, beside the others`,
      "duplicate",
    );
  }
}

function checkSource({ source }: Known<TopicConfig>, report: Report): void {
  if (source === undefined) return;
  if ("kafka" in source) {
    if (source.kafka !== undefined) checkKafka(source.kafka, report);
    return;
  }
  const folder = "files" in source ? source.files : undefined;
  if (folder !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_.-]*(\/[A-Za-z0-9][A-Za-z0-9_.-]*)*$/.test(folder)) {
    report(
      ["source", "files"],
      `found ${show(folder)}; allowed: a folder inside the landing volume, such as orders or shop/orders (what begins with _ or . is not read)`,
    );
  }
}

/** A tombstone has a key and an offset, but no field: nothing that could be compared with `sequenceBy`. */
function checkTombstones({ source, silver }: Known<TopicConfig>, report: Report): void {
  if (source === undefined || !("kafka" in source) || source.kafka?.tombstones !== "delete") return;
  const at = ["source", "kafka", "tombstones"];
  if (silver?.mode === "append")
    report(at, "mode append deletes nothing; use mode upsert or history, or quarantine", "conflicting_keys");
  else if (silver?.sequenceBy !== undefined)
    report(
      at,
      "a tombstone has no sequenceBy to compare; remove silver.sequenceBy (order of offsets), or use quarantine",
      "conflicting_keys",
    );
}

function checkRecords({ records, carry }: Known<TopicConfig>, report: Report): void {
  const seen = new Map<string, string>();
  for (const [name, path] of Object.entries(carry ?? {})) {
    const at = ["carry", name];
    const other = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (records === undefined)
      report(at, "there is no records that it could go along with; add one, or remove it", "conflicting_keys");
    else if (other !== undefined)
      report(at, `differs from ${show(other)} in case alone; two fields cannot share one name`, "duplicate");
    else if (path !== undefined && [".", "["].some((next) => dotted(records).startsWith(dotted(path) + next)))
      report(
        at,
        `found ${show(path)}, which holds the records themselves; allowed: fields beside them, such as $.account`,
        "conflicting_keys",
      );
  }
}

/** A change event is a record: what says how it is cut, ordered or deleted says it once. */
function checkUnwrap({ unwrap, decode, carry, source, silver }: Known<TopicConfig>, report: Report): void {
  if (carry !== undefined && (unwrap !== undefined || decode === "dynamodb")) {
    const why =
      unwrap !== undefined
        ? "a change event is its row alone (unwrap)"
        : "carried fields are not in DynamoDB's JSON (decode)";
    report(["carry"], `${why}; remove carry`, "conflicting_keys");
  }
  if (unwrap === undefined) return;
  if (source !== undefined && "kafka" in source && source.kafka?.tombstones === "delete")
    report(
      ["source", "kafka", "tombstones"],
      "with unwrap, the event of the deletion deletes, and the tombstone behind it is dropped; remove the key",
      "conflicting_keys",
    );
  const sequence = unwrap === "debezium" ? "source.ts_ms" : unwrap.sequence;
  if (sequence !== undefined && silver?.sequenceBy !== undefined)
    report(
      ["silver", "sequenceBy"],
      `unwrap orders the events by ${sequence}; remove sequenceBy, or write unwrap with its parts and without sequence`,
      "conflicting_keys",
    );
  if (unwrap === "debezium") return;
  const parts = (["value", "before", "op", "sequence"] as const).filter((part) => unwrap[part] !== undefined);
  for (const [index, part] of parts.entries()) {
    const twin = parts.slice(0, index).find((other) => dotted(unwrap[other] ?? "") === dotted(unwrap[part] ?? ""));
    if (twin !== undefined)
      report(["unwrap", part], `is the path of ${twin} too; the parts of an event stand apart`, "duplicate");
  }
  if (silver?.mode === "append" && unwrap.op === undefined)
    report(
      ["unwrap", "op"],
      "missing; mode append keeps every event, and a deletion would look like any other row: name the operation, or use mode upsert or history",
      "missing_key",
    );
}

/** A path in one spelling. */
function dotted(path: string): string {
  return path
    .replace(/^\$\.?/, "")
    .replace(/\['([^'.]+)'\]|\["([^".]+)"\]/g, ".$1$2")
    .replace(/^\./, "");
}

function checkMode({ silver, schema }: Known<TopicConfig>, report: Report): void {
  const { mode, keys, deleteWhen, merge, track } = silver ?? {};
  if ((mode === "upsert" || mode === "history") && (keys ?? []).length === 0) {
    report(
      ["silver", "keys"],
      `missing; mode ${mode} needs the columns that identify a row, such as keys: [order_id]`,
      "missing_key",
    );
  }
  if (mode === "append" && deleteWhen !== undefined) {
    report(
      ["silver", "deleteWhen"],
      "mode append deletes nothing; use mode upsert or history, or remove the key",
      "conflicting_keys",
    );
  }
  if (merge === "present_fields") {
    const kept = mode === "append" ? "every event" : "the versions of a row as the events have them";
    if (mode === "append" || mode === "history")
      report(
        ["silver", "merge"],
        `found "present_fields"; mode ${mode} keeps ${kept}: use mode upsert, or remove the key`,
        "conflicting_keys",
      );
    else if (schema?.onNewField === "rescue" || schema?.onTypeConflict === "rescue")
      report(
        ["silver", "merge"],
        'found "present_fields"; what is rescued has no field that could be merged: use another value than rescue for schema.onNewField and schema.onTypeConflict, or merge: replace',
        "conflicting_keys",
      );
  }
  if (track !== undefined && (mode === "append" || mode === "upsert"))
    report(["silver", "track"], `mode ${mode} keeps no versions; use mode history, or remove the key`);
  const fault = deleteWhen === undefined ? undefined : rowExpressionFault(deleteWhen);
  if (fault !== undefined) report(["silver", "deleteWhen"], `found ${show(deleteWhen)}; ${fault}`, "invalid_sql");
}

function checkQuality({ quality }: Known<TopicConfig>, report: Report): void {
  const seen = new Set<string>();
  for (const [index, rule] of (quality ?? []).entries()) {
    const { name, expect, scope, onViolation } = rule;
    if (name !== undefined && seen.has(name))
      report(["quality", index, "name"], `${show(name)} stands here twice; each rule has its own name`, "duplicate");
    if (name !== undefined) seen.add(name);
    const fault = expect === undefined ? undefined : rowExpressionFault(expect);
    if (fault !== undefined) report(["quality", index, "expect"], `found ${show(expect)}; ${fault}`, "invalid_sql");
    if (scope === "batch" && (onViolation === "drop" || onViolation === "quarantine")) {
      report(
        ["quality", index, "onViolation"],
        `found ${show(onViolation)}; allowed for scope batch: warn, fail`,
        "conflicting_keys",
      );
    }
  }
}
