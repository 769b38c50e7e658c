import type { z } from "zod";
import { checkGold } from "./checks/gold";
import { checkPipeline } from "./checks/pipeline";
import { checkTopics } from "./checks/topic";
import { ConfigError } from "./faults";
import type { PipelineDocument } from "./model/document";
import { pipelineConfig } from "./model/pipeline";
import { topicConfig } from "./model/topic";
import { toDocument } from "./project";
import { checkShape } from "./reading/checked";
import { parseGoldModel } from "./reading/gold-model";
import { YamlFile } from "./reading/yaml-file";
import { toTopic } from "./topic";

/** A pipeline in TypeScript: the same keys and defaults as the files of `config/`. */
export interface DocumentInput extends z.input<typeof pipelineConfig> {
  /** What a file of `config/topics` says, by the name of the topic. */
  readonly topics: Readonly<Record<string, z.input<typeof topicConfig>>>;
  /** What a file of `notebooks/gold` says, its header too, by the name of the model. @default - no models */
  readonly gold?: Readonly<Record<string, string>>;
}

/**
 * The pipeline document of a pipeline that is written in TypeScript instead of files.
 *
 * @throws ConfigError with every fault at once
 */
export function defineDocument({ topics, gold = {}, ...pipeline }: DocumentInput): PipelineDocument {
  const checkedPipeline = checkShape(pipelineConfig, asYaml("pipeline", pipeline));
  const checkedTopics = Object.entries(topics).map(([name, topic]) =>
    checkShape(topicConfig, asYaml(`topics/${name}`, topic)),
  );
  const models = Object.entries(gold).map(([name, sql]) => parseGoldModel(`gold/${name}.sql`, sql));
  checkPipeline(checkedPipeline);
  checkTopics(checkedTopics);
  const faults = [
    ...checkGold(models, checkedTopics),
    ...[checkedPipeline, ...checkedTopics, ...models].flatMap((checked) => checked.faults),
  ];
  if (checkedPipeline.value === undefined || faults.length > 0) throw new ConfigError(faults);
  return toDocument({
    pipeline: checkedPipeline.value,
    topics: checkedTopics.flatMap(({ stem, value }) => (value === undefined ? [] : [toTopic(stem, value)])),
    gold: models.flatMap(({ model }) => (model === undefined ? [] : [model])),
  });
}

/** JSON is YAML: values that never stood in a file are judged by the same code, which says where in the text they are. */
function asYaml(name: string, value: unknown): YamlFile {
  return YamlFile.parse(name, JSON.stringify(value, null, 2));
}
