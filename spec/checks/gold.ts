import type { ConfigFaultCode } from "../fault-codes";
import type { Fault } from "../faults";
import type { TopicConfig } from "../model/topic";
import type { Checked } from "../reading/checked";
import type { GoldFile } from "../reading/gold-model";
import { callsOf, relationsOf } from "../reading/sql-relations";
import { didYouMean, show } from "../words";
import { foreign } from "./expression";
import { nameFault } from "./names";
import { FOREIGN, TABLE_FUNCTIONS } from "./sql-functions";

/** Checks gold models beyond their own files: their names, and the inputs that they read. */
export function checkGold(files: readonly GoldFile[], topics: readonly Checked<TopicConfig>[]): Fault[] {
  const faults: Fault[] = [];
  // Without any topic, that is the fault, and not that models need some.
  // Files with faults of their own still count by name, so that one mistake is one fault.
  const topicNames = topics.map((topic) => topic.stem);
  const known = [...new Set([...topicNames, ...files.map((file) => file.stem)])].sort();
  const inCircle = circles(files);
  for (const { file, stem, needs, lines } of files) {
    const fault = (key: string, message: string, code: ConfigFaultCode) => {
      faults.push({
        file,
        line: lines.get(key) ?? 1,
        column: 1,
        code,
        message: `${key.replace(/\..*/, "")}: ${message}`,
      });
    };
    const reserved = nameFault(stem);
    if (reserved !== undefined) fault("model", `a model may not be named ${show(stem)}: ${reserved}`, "reserved_name");
    if (topicNames.includes(stem))
      fault("model", `${show(stem)} is also a topic; a model needs a name of its own`, "duplicate");
    if (inCircle.has(stem)) {
      fault(
        "needs",
        `these models read each other in a circle: ${[...inCircle].sort().join(", ")}; break it`,
        "circular_models",
      );
    }
    for (const { input } of needs) {
      if (input === stem) fault(`needs.${input}`, "a model cannot read itself", "circular_models");
      else if (topics.length > 0 && !known.includes(input)) {
        const guess = didYouMean(input, known);
        fault(
          `needs.${input}`,
          `unknown topic or model ${show(input)}${guess} allowed: ${known.join(", ")}`,
          "unknown_name",
        );
      }
    }
  }
  for (const file of files)
    faults.push(
      ...checkReads(
        file,
        known.filter((name) => name !== file.stem),
      ),
    );
  return faults;
}

/** A model reads what its header declares and nothing else, so that edges, grants and local runs hold for all of it. */
function checkReads({ file, model, body, needs }: GoldFile, known: readonly string[]): Fault[] {
  const declared = needs.map(({ input }) => input);
  // The header or the body has faults of its own.
  if (model === undefined || !declared.every((input) => known.includes(input))) return [];
  const faults: Fault[] = [];
  const fault = (offset: number, message: string, code: ConfigFaultCode) =>
    faults.push({ file, ...body.position(offset), code, message });
  for (const { name, isFunction, offset } of relationsOf(body.sql)) {
    const plain = name.toLowerCase();
    if (isFunction && TABLE_FUNCTIONS.has(plain)) continue;
    // Told below, as a call.
    if (isFunction && FOREIGN.has(plain)) continue;
    if (isFunction)
      fault(
        offset,
        `found ${show(`${name}(`)}; allowed functions after FROM: ${[...TABLE_FUNCTIONS].join(", ")}`,
        "invalid_sql",
      );
    else if (!declared.includes(plain)) {
      const remedy = known.includes(plain)
        ? "add it with its columns to the line needs:"
        : `a model reads topics and other models, by their names: ${known.join(", ")}`;
      fault(offset, `reads ${show(name)}, which needs: does not declare; ${remedy}`, "undeclared_input");
    }
  }
  for (const { name, offset } of callsOf(body.sql)) if (FOREIGN.has(name)) fault(offset, foreign(name), "invalid_sql");
  const variable = body.sql.indexOf("${");
  if (variable >= 0)
    fault(
      variable,
      "found ${, which Spark replaces by settings and variables of its environment; write '$' || '{'",
      "invalid_sql",
    );
  return faults;
}

/** Models that reach themselves by way of others. */
function circles(files: readonly GoldFile[]): Set<string> {
  const reads = new Map(
    files.map(({ stem, needs }) => [stem, needs.map(({ input }) => input).filter((input) => input !== stem)]),
  );
  const reached = (from: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(reads.get(from) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(reads.get(next) ?? []));
    }
    return seen;
  };
  return new Set([...reads.keys()].filter((name) => reached(name).has(name)));
}
