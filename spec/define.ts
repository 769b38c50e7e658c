import { isDeepStrictEqual } from "node:util";
import { checkEnvironment } from "./checks/environment";
import { kafkaNeeds } from "./checks/environment-credentials";
import { checkGold } from "./checks/gold";
import { checkPipeline } from "./checks/pipeline";
import { checkTopics } from "./checks/topic";
import { ConfigError } from "./faults";
import type { EnvironmentInput, PipelineInput, TopicInput } from "./generated/config-types";
import type { PipelineDocument } from "./model/document";
import { type EnvironmentConfig, environmentConfig } from "./model/environment";
import { pipelineConfig } from "./model/pipeline";
import { topicConfig } from "./model/topic";
import { toDocument } from "./project";
import { checkShape, holdsReference } from "./reading/checked";
import { parseGoldModel } from "./reading/gold-model";
import { isMapping, valueAt } from "./reading/schema-walk";
import { YamlFile } from "./reading/yaml-file";
import { toTopic } from "./topic";

/** A pipeline in TypeScript: the same keys and defaults as the files of `config/`. */
export interface DocumentInput extends PipelineInput {
  /** Contents of a file of `config/topics`, by the name of the topic. */
  readonly topics: Readonly<Record<string, TopicInput>>;
  /** Contents of a file of `notebooks/gold`, with its header, by the name of the model. @default - no models */
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

export type { EnvironmentInput };

/**
 * The environment of a pipeline that is composed in TypeScript, checked by the rules of `config/environments`. Two things
 * are not: `backend`, since the state is the stack's that the pipeline is composed into, and what holds a reference of
 * cdktf, whose value is known later.
 *
 * @param document the pipeline, whose topics ask things of the environment
 * @returns the environment with its defaults, or what is wrong with it: `runAs: missing; …`
 */
export function defineEnvironment(
  input: EnvironmentInput,
  { topics }: Pick<PipelineDocument, "topics">,
): { readonly value?: EnvironmentConfig; readonly faults: readonly string[] } {
  const written = { ...input, ...withoutDefaults(input) };
  // Whoever composes without types may have left the name out, which the check tells.
  const checked = checkShape(environmentConfig, asYaml(String(input.name), written), undefined, { references: true });
  checkEnvironment(
    {
      ...checked,
      report: (path, message, code) => {
        if (path[0] !== "backend" && !holdsReference(valueAt(input, path))) checked.report(path, message, code);
      },
    },
    {
      hasFiles: topics.some(({ source }) => "files" in source),
      kafka: kafkaNeeds(topics.map((topic) => ({ stem: topic.name, known: topic, faults: [] }))),
    },
  );
  const faults = checked.faults.map(({ message }) => message);
  return faults.length > 0 ? { faults } : { value: checked.value, faults };
}

/** Returns the keys of an environment that differ from the defaults, which are all filled in where it comes from a file. */
function withoutDefaults(input: EnvironmentInput): Partial<EnvironmentInput> {
  const optional = Object.entries(DEFAULTS).filter(([key]) => !Object.hasOwn(REQUIRED, key));
  const said = optional.map(([key, value]) => [key, without(input[key as keyof EnvironmentInput], value)]);
  return Object.fromEntries(said) as Partial<EnvironmentInput>;
}

const REQUIRED: EnvironmentInput = {
  name: "any",
  cloud: "aws",
  mode: "development",
  catalog: { name: "any" },
  compute: { kind: "serverless" },
};
const DEFAULTS = environmentConfig.parse(REQUIRED);

function without(value: unknown, standard: unknown): unknown {
  if (isDeepStrictEqual(value, standard)) return undefined;
  if (!isMapping(value) || !isMapping(standard)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, without(inner, standard[key])]));
}

/** JSON is YAML: values that never stood in a file are evaluated by the same code, which says where in the text they are. */
function asYaml(name: string, value: unknown): YamlFile {
  return YamlFile.parse(name, JSON.stringify(value, null, 2));
}
