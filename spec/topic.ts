import type { Topic, TopicConfig } from "./model/topic";
import { normalizeHint } from "./types";

/** A topic by its name, its hints in their one spelling. */
export function toTopic(name: string, config: TopicConfig): Topic {
  const hints = Object.entries(config.schema.hints).map(([column, type]) => [column, normalizeHint(type) ?? type]);
  return { name, ...config, schema: { ...config.schema, hints: Object.fromEntries(hints) } };
}
