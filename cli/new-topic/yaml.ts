import { stringify } from "yaml";
import { counted } from "../../spec";
import { type Guess, MONEY_TYPE, renamed, timeHint } from "../sample/guess";
import type { Sample, SampleField } from "../sample/observe";

/** The file of a topic, with what was guessed and why, and with what else may be set. */
export function topicYaml(topic: string, sample: Sample, guess: Guess, schema: string): string {
  const { key, keyWhy, sequence, deleteWhen, mode, modeWhy, money, rename } = guess;
  return [
    `# yaml-language-server: $schema=${schema}`,
    `# Made from a sample of ${counted(sample.records, "record")}. Every line is a guess to check.`,
    `source: { files: ${topic} }`.padEnd(37) +
      "# a folder in the landing volume; or kafka: { topic, bootstrapServers, auth }",
    ...(sample.envelope ? [line(`records: ${path(sample.envelope)}`, "each document holds its records")] : []),
    ...carried(sample),
    ...(sample.unwrap
      ? [line(`unwrap: ${sample.unwrap}`, "change events: the row is taken out, a deletion deletes its key")]
      : []),
    "",
    "silver:",
    line(`  mode: ${mode}`, modeWhy),
    ...(key === undefined
      ? ["  # keys: [id]                     # upsert and history need the fields that identify a row"]
      : [line(`  keys: [${scalar(key)}]`, keyWhy ?? "")]),
    ...(sample.unwrap
      ? []
      : sequence === undefined
        ? key === undefined
          ? []
          : ["  # sequenceBy: updated_at         # no field looks like it: without it, the row that arrives last wins"]
        : [
            line(
              `  ${key === undefined ? "# " : ""}sequenceBy: ${scalar(sequence)}`,
              "the later of two rows of one key",
            ),
          ]),
    ...(deleteWhen === undefined || key === undefined || sample.unwrap
      ? []
      : [line(`  # deleteWhen: ${scalar(deleteWhen)}`, "such a row deletes its key")]),
    ...names(rename, sample),
    "",
    ...hints(money, renamed(sample, rename)),
    "quality:",
    '  # - { name: has_customer, expect: "customer_id IS NOT NULL", onViolation: warn }   # or drop, quarantine, fail',
    '  - { name: few_rejects, expect: "quarantined_rows <= greatest(10, 0.5 * read_rows)", scope: batch, onViolation: fail }',
    "",
    ...fieldTable(renamed(sample, rename)),
    "",
  ].join("\n");
}

/** Proposes to carry what stands beside the records. */
function carried({ carry = {} }: Sample): string[] {
  const entries = Object.entries(carry).map(([name, from]) => `${scalar(name)}: ${path(from)}`);
  return entries.length === 0
    ? []
    : [line(`# carry: { ${entries.join(", ")} }`, "beside the records in every document; each record gets it")];
}

function names(rename: Guess["rename"], { fields, inner = [] }: Sample): string[] {
  if (Object.keys(rename).length === 0) return [];
  const escaped = (name: string) => [...fields, ...inner].find((field) => field.name === name)?.column ?? name;
  return [
    "  rename:                            # names that a column cannot have, and paths",
    ...Object.entries(rename).map(([name, column]) =>
      line(`    ${scalar(name)}: ${scalar(column)}`, `else ${escaped(name)}`),
    ),
  ];
}

function hints(money: readonly SampleField[], { fields }: Sample): string[] {
  const times = fields.flatMap((field) => {
    const hint = timeHint(field);
    if (hint === undefined) return [];
    const unsure = /MM/.test(hint) ? "; day and month may be the other way round" : "";
    return [{ column: field.column, hint, why: `like ${field.shape}${unsure}` }];
  });
  const maps = fields.flatMap(({ column, map }) =>
    map
      ? [
          {
            column,
            hint: map,
            why: "an object whose keys look like data; else it becomes a column with a field for each",
          },
        ]
      : [],
  );
  if (money.length + times.length + maps.length === 0) return [];
  return [
    ...(money.length === 0 ? [] : ["# Some fields look like money. Exact decimals add up; a double does not."]),
    ...(times.length === 0 ? [] : ["# Some fields look like times in a format that only a hint can tell."]),
    ...(maps.length === 0
      ? []
      : ["# Some objects have keys that look like data. A map is one column, whatever keys come."]),
    "# Take away the # where that is right:",
    "# schema:",
    "#   hints:",
    ...money.map(({ column, type }) => line(`#     ${scalar(column)}: ${MONEY_TYPE}`, `a run would infer ${type}`)),
    ...times.map(({ column, hint, why }) => line(`#     ${scalar(column)}: ${hint}`, why)),
    ...maps.map(({ column, hint, why }) => line(`#     ${scalar(column)}: ${scalar(hint)}`, why)),
    "",
  ];
}

function fieldTable({ fields, records, unusable, faults }: Sample): string[] {
  const good = records - unusable;
  const width = Math.min(40, Math.max(5, ...fields.map(({ column }) => comment(column).length)));
  const types = Math.min(40, Math.max(4, ...fields.map(({ type }) => typeText(type).length)));
  return [
    `# Fields of the sample, as a run would type them (${counted(good, "usable record")}${unusable === 0 ? "" : `, ${unusable} that would be quarantined`}):`,
    ...fields.map(({ column, type, values, shape }) =>
      `#   ${comment(column).padEnd(width)}  ${typeText(type).padEnd(types)}  ${values === good ? "always" : `in ${values}`}, like ${comment(shape)}`.trimEnd(),
    ),
    ...faults.map(({ record, code, detail }) => `# Record ${record} is not usable: ${comment(`${code} ${detail}`)}`),
  ];
}

function typeText(type: string | null): string {
  return type === null ? "(only nulls)" : comment(type);
}

function line(text: string, why: string): string {
  return `${`${text} `.padEnd(37)}# ${comment(why)}`;
}

/** A text as YAML in a flow or block, quoted where it must be. */
function scalar(text: string): string {
  return /^[A-Za-z_]\w*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : stringify(text, { defaultStringType: "QUOTE_DOUBLE", lineWidth: 0 }).trim();
}

/** A path as a value of its own. */
function path(text: string): string {
  return /^[$.\w[\]*]+$/.test(text) ? text : scalar(text);
}

/** A text that stays on the line of its comment. */
function comment(text: string): string {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return plain.length > 100 ? `${plain.slice(0, 97)}...` : plain;
}
