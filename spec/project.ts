import type { Dashboard } from "./model/dashboard";
import type { PipelineDocument } from "./model/document";
import type { EnvironmentConfig } from "./model/environment";
import type { GoldModel } from "./model/gold";
import type { PipelineConfig } from "./model/pipeline";
import type { Topic } from "./model/topic";

/** Everything that is wanted, checked. */
export interface Project {
  /** Folder that holds config/ and notebooks/. */
  readonly root: string;
  readonly pipeline: PipelineConfig;
  /** Sorted by name. */
  readonly topics: readonly Topic[];
  /** In dependency order, then by name. */
  readonly gold: readonly GoldModel[];
  /** Sorted by name. */
  readonly environments: readonly EnvironmentConfig[];
  /** Sorted by name. */
  readonly dashboards: readonly Dashboard[];
  /** The document for the Python library. */
  readonly document: PipelineDocument;
}

/** The pipeline document of a project: deterministic, every default filled in. */
export function toDocument(project: Pick<Project, "pipeline" | "topics" | "gold">): PipelineDocument {
  const { name, description, settings } = project.pipeline;
  const topics = [...project.topics].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { documentVersion: 1, name, description, settings, topics, gold: inDependencyOrder(project.gold) };
}

/** Models after those that they read; by name where that leaves a choice. Models of a cycle are left out. */
export function inDependencyOrder(models: readonly GoldModel[]): GoldModel[] {
  const names = new Set(models.map((model) => model.name));
  const waiting = [...models].sort((a, b) => (a.name < b.name ? -1 : 1));
  const done = new Set<string>();
  const ordered: GoldModel[] = [];
  for (;;) {
    const next = waiting.findIndex((model) => model.needs.every(({ input }) => !names.has(input) || done.has(input)));
    const [model] = next < 0 ? [] : waiting.splice(next, 1);
    if (model === undefined) return ordered;
    ordered.push(model);
    done.add(model.name);
  }
}
