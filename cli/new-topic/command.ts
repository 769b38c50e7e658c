import { existsSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Command } from "commander";
import { counted, nameFault } from "../../spec";
import { Fault } from "../fault";
import { guessModel } from "../new-model/sql";
import { PACKAGE, projectFolder, userFolder, userPath } from "../paths";
import { type Guess, guess } from "../sample/guess";
import { observe, type Sample } from "../sample/observe";
import { topicYaml } from "./yaml";

/** Adds `new-topic` to the command line. */
export function addNewTopic(program: Command): void {
  program
    .command("new-topic")
    .description("create config/topics/<name>.yaml from a sample of the topic's events; never overwrites")
    .argument("<name>", "name of the topic, which is also its folder in the landing volume")
    .requiredOption("--from <file>", "a file of JSON: a record per line, or one array")
    .action((name: string, options: { readonly from: string }) => {
      process.stdout.write(`${newTopic(name, options.from)}\n`);
    });
}

/** Writes the file of a topic; returns what to tell. */
export function newTopic(name: string, from: string, folder = userFolder()): string {
  const fault = nameFault(name);
  if (fault !== undefined) throw new Fault(`"${name}" is no name for a topic: ${fault}.`);
  const project = projectFolder(folder) ?? folder;
  const topics = join(project, "config", "topics");
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
  writeFileSync(file, topicYaml(name, seen, made, schemaReference(project)), { flag: "wx" });
  const keyed = made.key === undefined ? "" : `, keys: ${made.key}`;
  const ordered = made.sequence === undefined ? "" : `, sequenceBy: ${made.sequence}`;
  return [
    `Wrote ${relative(folder, file)}: ${counted(seen.fields.length, "field")} in ${counted(seen.records, "record")}, mode: ${made.mode}${keyed}${ordered}.`,
    ...(seen.unusable === 0
      ? []
      : [`${seen.unusable} of them ${seen.unusable === 1 ? "is" : "are"} not usable; the file says why.`]),
    "Check its guesses. Next:",
    ...nextCommands(name, sample, seen, made.rename, folder).map((command) => `  ${command}`),
  ].join("\n");
}

/** From a sample to a gold table, from the folder where the user is. */
function nextCommands(topic: string, sample: string, seen: Sample, rename: Guess["rename"], folder: string): string[] {
  const from = quoted(relative(folder, sample));
  const metric = guessModel(seen, rename);
  // The runner lands a folder with one subfolder per topic.
  const lies = basename(dirname(sample)) === topic;
  const data = lies ? quoted(relative(folder, dirname(dirname(sample))) || ".") : "sample";
  return [
    ...(metric === undefined
      ? []
      : [`npx --no-install medallion new-model ${modelName(topic, metric.grain)} --topic ${topic} --from ${from}`]),
    ...(lies ? [] : [`mkdir -p sample/${topic} && cp ${from} sample/${topic}/`]),
    `npx --no-install medallion run --data ${data}`,
  ];
}

function modelName(topic: string, grain: string): string {
  return `${topic}_per_${grain.toLowerCase().replace(/^_+/, "")}`;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  const plain = path.split(sep).join("/");
  return /^[\w./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`;
}

/** Returns the reference by which an editor finds the JSON Schema of the file, seen from config/topics. */
function schemaReference(folder: string): string {
  return folder === PACKAGE
    ? "../schemas/topic.schema.json"
    : "../../node_modules/medallion/config/schemas/topic.schema.json";
}
