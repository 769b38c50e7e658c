import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Command } from "commander";
import { loadProject, nameFault } from "../../spec";
import { Fault } from "../fault";
import { projectFolder, userFolder, userPath } from "../paths";
import { observe } from "../sample/observe";
import { guessModel, modelSql } from "./sql";

interface Options {
  readonly topic: string;
  readonly from: string;
}

/** Adds `new-model` to the command line. */
export function addNewModel(program: Command): void {
  program
    .command("new-model")
    .description("create notebooks/gold/<name>.sql, a first metric over a topic; never overwrites")
    .argument("<name>", "name of the model and its table")
    .requiredOption("--topic <name>", "topic that the model reads")
    .requiredOption("--from <file>", "a file of the topic's events, from which the columns are inferred")
    .action((name: string, options: Options) => {
      process.stdout.write(`${newModel(name, options)}\n`);
    });
}

/** Writes the file of a gold model; returns what to tell. */
export function newModel(name: string, { topic: topicName, from }: Options, folder = userFolder()): string {
  const fault = nameFault(name);
  if (fault !== undefined) throw new Fault(`"${name}" is no name for a model: ${fault}.`);
  const project = projectFolder(folder) ?? folder;
  const { topics } = loadProject(project);
  const topic = topics.find((each) => each.name === topicName);
  if (topic === undefined)
    throw new Fault(`There is no topic ${topicName}; there are ${topics.map((each) => each.name).join(", ")}.`);
  if (topics.some((each) => each.name === name))
    throw new Fault(`"${name}" is a topic; a model has a name of its own, such as ${name}_totals.`);
  const file = join(project, "notebooks", "gold", `${name}.sql`);
  if (existsSync(file)) throw new Fault(`${file} exists already; it is left as it is.`);
  const sample = userPath(from, folder);
  if (!existsSync(sample) || !statSync(sample).isFile()) throw new Fault(`There is no file ${sample}.`);
  const guess = guessModel(observe(sample, topic.records ?? ""), topic.silver.rename);
  if (guess === undefined)
    throw new Fault(`${sample} has no column that a model could group by: write ${file} by hand.`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, modelSql(name, topicName, guess), { flag: "wx" });
  return `Wrote ${relative(folder, file)}: a row per ${guess.grain} of ${topicName}. Change it to what you want to know.`;
}
