import type { Positions, Topic, TopicConfig } from "./model/topic";
import { formatPath } from "./reading/checked";
import type { Path, YamlFile } from "./reading/yaml-file";
import { normalizeHint } from "./types";

/**
 * A topic by its name, its hints in their one spelling.
 *
 * @param yaml the topic's file, where there is one: errors at run time name the lines of its expressions
 */
export function toTopic(name: string, config: TopicConfig, yaml?: YamlFile): Topic {
  const hints = Object.entries(config.schema.hints).map(([column, type]) => [column, normalizeHint(type) ?? type]);
  const found = yaml === undefined ? {} : positionsOf(config, yaml);
  const positions = Object.keys(found).length === 0 ? {} : { positions: found };
  return {
    name,
    ...config,
    source: withMechanism(config.source),
    schema: { ...config.schema, hints: Object.fromEntries(hints) },
    ...positions,
  };
}

/** User name and password need a mechanism, which is PLAIN where config names none. */
function withMechanism(source: TopicConfig["source"]): TopicConfig["source"] {
  if (!("kafka" in source) || source.kafka.auth?.username === undefined) return source;
  const { auth } = source.kafka;
  return { kafka: { ...source.kafka, auth: { ...auth, mechanism: auth.mechanism ?? "PLAIN" } } };
}

function positionsOf(config: TopicConfig, yaml: YamlFile): Positions {
  const expressions: Path[] = [
    ...(config.silver.deleteWhen === undefined ? [] : [["silver", "deleteWhen"]]),
    ...config.quality.map((_, index) => ["quality", index, "expect"]),
  ];
  return Object.fromEntries(
    expressions.flatMap((path) => {
      const position = yaml.positionOf(path);
      return position === undefined ? [] : [[formatPath(path), position]];
    }),
  );
}
