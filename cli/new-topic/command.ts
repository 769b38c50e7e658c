import { existsSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { NAME, NAME_RULE } from "../../spec";
import { Fault } from "../fault";
import { PACKAGE, userFolder, userPath } from "../places";
import { guess } from "./guess";
import { observe } from "./observe";
import { topicYaml } from "./yaml";

/** Adds `new-topic` to the command line. */
export function addNewTopic(program: Command): void {
  program
    .command("new-topic")
    .description("write config/topics/<name>.yaml from a sample of the topic's events; never overwrites")
    .argument("<name>", "name of the topic, which is also its folder in the landing volume")
    .requiredOption("--from <file>", "a file of JSON: a record per line, or one array")
    .action((name: string, options: { readonly from: string }) => {
      process.stdout.write(`${newTopic(name, options.from)}\n`);
    });
}

/** Writes the file of a topic; returns what to tell. */
export function newTopic(name: string, from: string, folder = userFolder()): string {
  if (!NAME.test(name)) throw new Fault(`"${name}" is no name for a topic: ${NAME_RULE}.`);
  const topics = join(folder, "config", "topics");
  if (!existsSync(topics))
    throw new Fault(`There is no ${topics}: run this in the folder of a project; \`medallion init\` makes one.`);
  const file = join(topics, `${name}.yaml`);
  if (existsSync(file)) throw new Fault(`${file} exists already; it is left as it is.`);
  const sample = userPath(from, folder);
  if (!existsSync(sample) || !statSync(sample).isFile()) throw new Fault(`There is no file ${sample}.`);
  const seen = observe(sample);
  if (seen.records === 0) throw new Fault(`${sample} holds no record: wanted is JSON, a record per line or one array.`);
  if (seen.unusable === seen.records) {
    const [first] = seen.faults;
    throw new Fault(
      `${sample} holds no usable record (record ${first?.record}: ${first?.code} ${first?.detail}): wanted is JSON objects, one per line or in one array.`,
    );
  }
  const made = guess(name, seen);
  // "wx": whoever made the file in the meantime keeps it.
  writeFileSync(file, topicYaml(name, seen, made, schemaReference(folder)), { flag: "wx" });
  const keyed = made.key === undefined ? "" : `, keys: ${made.key}`;
  const ordered = made.sequence === undefined ? "" : `, sequenceBy: ${made.sequence}`;
  return [
    `Wrote ${relative(folder, file)}: ${seen.fields.length} fields in ${seen.records} records, mode: ${made.mode}${keyed}${ordered}.`,
    ...(seen.unusable === 0
      ? []
      : [`${seen.unusable} of them ${seen.unusable === 1 ? "is" : "are"} not usable; the file says why.`]),
    "Check its guesses, then run `npx --no-install medallion run`, or plan a deploy.",
  ].join("\n");
}

/** Where an editor finds the JSON Schema of the file, seen from config/topics. */
function schemaReference(folder: string): string {
  return folder === PACKAGE
    ? "../schemas/topic.schema.json"
    : "../../node_modules/medallion/config/schemas/topic.schema.json";
}
