import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkDashboards } from "./checks/dashboards";
import { checkDeclarative } from "./checks/declarative";
import { checkEnvironments } from "./checks/environment";
import { kafkaNeeds } from "./checks/environment-credentials";
import { checkGold } from "./checks/gold";
import { checkPipeline } from "./checks/pipeline";
import { checkTopics } from "./checks/topic";
import { ConfigError, type Fault } from "./faults";
import { type Dashboard, dashboardConfig } from "./model/dashboard";
import { environmentConfig } from "./model/environment";
import type { GoldModel } from "./model/gold";
import { pipelineConfig } from "./model/pipeline";
import { type Topic, topicConfig } from "./model/topic";
import { inDependencyOrder, type Project, toDocument } from "./project";
import { checkShape } from "./reading/checked";
import { parseGoldModel } from "./reading/gold-model";
import { YamlFile } from "./reading/yaml-file";
import { toTopic } from "./topic";

/** Hints for keys that people try, where the general message would not help. */
const TOPIC_HINTS = new Map([["name", "unknown key; a topic is named by its file: rename the file instead"]]);

/**
 * Reads and evaluates the whole config of a project.
 *
 * @param root folder that holds `config/` and `notebooks/`
 * @throws ConfigError with every fault at once
 */
export function loadProject(root: string): Project {
  const faults: Fault[] = [];
  const read = (file: string): string | undefined => {
    try {
      return readFileSync(join(root, file), "utf8");
    } catch (error) {
      faults.push({ file, code: "not_read", message: `cannot be read: ${reasonOf(error)}` });
      return undefined;
    }
  };
  const readAll = <T>(folder: string, extension: string, parse: (file: string, text: string) => T): T[] =>
    list(root, folder, extension, faults).flatMap((file) => {
      const text = read(file);
      return text === undefined ? [] : [parse(file, text)];
    });

  const pipelineText = read("config/pipeline.yaml");
  const pipeline =
    pipelineText === undefined
      ? undefined
      : checkShape(pipelineConfig, YamlFile.parse("config/pipeline.yaml", pipelineText));
  const topics = readAll("config/topics", ".yaml", (file, text) =>
    checkShape(topicConfig, YamlFile.parse(file, text), TOPIC_HINTS),
  );
  const environments = readAll("config/environments", ".yaml", (file, text) =>
    checkShape(environmentConfig, YamlFile.parse(file, text)),
  );
  const gold = readAll("notebooks/gold", ".sql", parseGoldModel);
  const dashboards = readAll("config/dashboards", ".yaml", (file, text) =>
    checkShape(dashboardConfig, YamlFile.parse(file, text)),
  );

  if (pipeline !== undefined) checkPipeline(pipeline);
  checkTopics(topics);
  // A topic whose source is faulty may well read files: one mistake is one fault.
  const onlyKafka =
    topics.length > 0 && topics.every(({ known }) => known.source !== undefined && "kafka" in known.source);
  checkEnvironments(environments, { hasFiles: !onlyKafka, kafka: kafkaNeeds(topics) });
  faults.push(...checkDeclarative(environments, topics, gold));
  faults.push(...checkGold(gold, topics));
  checkDashboards(
    dashboards,
    gold.map(({ stem }) => stem),
  );
  for (const checked of [pipeline, ...topics, ...environments, ...dashboards]) faults.push(...(checked?.faults ?? []));
  for (const model of gold) faults.push(...model.faults);
  if (faults.length > 0 || pipeline?.value === undefined) throw new ConfigError(faults);

  const parts = {
    pipeline: pipeline.value,
    topics: topics.flatMap(({ stem, value, yaml }): Topic[] =>
      value === undefined ? [] : [toTopic(stem, value, yaml)],
    ),
    gold: inDependencyOrder(gold.flatMap(({ model }): GoldModel[] => (model === undefined ? [] : [model]))),
    environments: environments.flatMap(({ value }) => (value === undefined ? [] : [value])),
    dashboards: dashboards.flatMap(({ stem, value }): Dashboard[] =>
      value === undefined ? [] : [{ name: stem, ...value }],
    ),
  };
  return { root, ...parts, document: toDocument(parts) };
}

/** Folders that a project may do without. */
const OPTIONAL = ["notebooks/gold", "config/dashboards"];

/** Files of a folder, sorted. A folder that is not there is a fault, unless a project may do without it. */
function list(root: string, folder: string, extension: string, faults: Fault[]): string[] {
  let names: string[];
  try {
    names = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (absent && OPTIONAL.includes(folder)) return [];
    faults.push({
      file: folder,
      code: "not_read",
      message: absent ? "no such folder; at least one file is needed here" : `cannot be read: ${reasonOf(error)}`,
    });
    return [];
  }
  const files = names.filter((name) => name.endsWith(extension));
  for (const name of names) {
    // A file that would be passed over in silence is the hardest fault to find.
    if (extension === ".yaml" && /\.(yml|ya?ml|json)$/i.test(name) && !files.includes(name)) {
      faults.push({ file: `${folder}/${name}`, code: "not_read", message: "is not read; config files end in .yaml" });
    }
    if (extension === ".sql" && /\.sql$/i.test(name) && !files.includes(name)) {
      faults.push({ file: `${folder}/${name}`, code: "not_read", message: "is not read; models end in .sql" });
    }
  }
  if (files.length === 0 && !OPTIONAL.includes(folder))
    faults.push({ file: folder, code: "not_read", message: "holds no .yaml file; at least one is needed here" });
  return files.map((name) => `${folder}/${name}`);
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file";
  return code === undefined ? String(error) : code;
}
