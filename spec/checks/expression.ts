import { callsOf } from "../reading/sql-relations";
import { expressionFault, sqlTokens } from "../reading/sql-text";
import { nearest, show } from "../words";
import { CHANGING, FOREIGN, MANY_ROWS, ROW_FUNCTIONS } from "./sql-functions";

/** Words that stand before a bracket without being functions. */
const OPERATORS = new Set(
  "all and any as between by case div else escape ilike in is like not on or regexp rlike some then when xor".split(
    " ",
  ),
);
/** Words that are calls without a bracket. */
const BARE = /^(current_(date|timestamp|time|user)|session_user|localtimestamp)$/i;
const MOMENTS = /^["'](now|today|tomorrow|yesterday)["']$/i;
const PREFIX = /^(system\.)?builtin\./;

/**
 * Checks that a text is one deterministic expression over one row, so that a replay and a rebuild give the same as the
 * first run.
 *
 * @returns the fault; undefined if none can be seen without Spark
 */
export function rowExpressionFault(sql: string): string | undefined {
  const fault = expressionFault(sql);
  if (fault !== undefined) return fault;
  const tokens = sqlTokens(sql);
  const words = tokens.map(({ kind, text }) => (kind === "word" ? text.toLowerCase() : ""));
  if (tokens.some(({ text }, at) => text === "(" && /^(select|with|from|table|values)$/.test(words[at + 1] ?? "")))
    return "a subquery reads other rows; allowed: an expression over the columns of one row";
  const calls = callsOf(sql).map((call) => ({ ...call, name: call.name.replace(PREFIX, "") }));
  if (calls.some(({ name }) => name === "over")) return `a window looks at many rows; ${ROW}`;
  const bare = words.find((word, at) => BARE.test(word) && tokens[at - 1]?.text !== ".");
  if (bare !== undefined) return changing(bare);
  const moment = tokens.find(({ text }, at) => MOMENTS.test(text) && /^(date|timestamp)/.test(words[at - 1] ?? ""));
  if (moment !== undefined) return changing(moment.text);
  for (const { name, isEmpty } of calls) {
    if (name === "unix_timestamp" && isEmpty) return changing(`${name}()`);
    if (ROW_FUNCTIONS.has(name) || OPERATORS.has(name)) continue;
    if (CHANGING.has(name)) return changing(`${name}()`);
    if (FOREIGN.has(name)) return foreign(name);
    if (MANY_ROWS.has(name)) return `${name}() does not look at one row alone; ${ROW}`;
    const guess = nearest(name, [...ROW_FUNCTIONS]);
    return `${show(name)} is no function of Spark that a rule may use;${guess === undefined ? "" : ` did you mean ${show(guess)}?`} ${ROW}`;
  }
  return undefined;
}

/** Returns the message for a call that no SQL of the config may contain. */
export function foreign(name: string): string {
  return `${name}() runs code outside of SQL, reads what no config declares, or ends the run; allowed: functions of Spark SQL over the columns that are there`;
}

const ROW = "allowed: deterministic functions of Spark SQL over the columns of one row";

function changing(what: string): string {
  return `${what} gives something else the next time, so a replay would not give the same; ${ROW}`;
}
