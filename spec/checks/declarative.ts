import type { Fault } from "../faults";
import type { EnvironmentConfig } from "../model/environment";
import type { GoldModel } from "../model/gold";
import type { TopicConfig } from "../model/topic";
import type { Checked, Known } from "../reading/checked";
import type { GoldFile } from "../reading/gold-model";
import type { Path } from "../reading/yaml-file";
import type { EnvironmentFacts, Rule } from "./rule";

/** A setting of a topic that a declarative pipeline cannot honour. */
export interface Unsupported {
  readonly at: Path;
  /** The unsupported setting, and its replacement. */
  readonly reason: string;
}

/** Lists the settings of a topic that a declarative pipeline cannot honour. The reasons are in docs/guides/declarative.md. */
export function unsupportedByDeclarative({ source, silver, schema, unwrap }: Known<TopicConfig>): Unsupported[] {
  const found: Unsupported[] = [];
  if (silver?.mode === "history")
    found.push({ at: ["silver", "mode"], reason: "keeps no history; allowed: append, upsert" });
  if (silver?.deleteWhen !== undefined)
    found.push({ at: ["silver", "deleteWhen"], reason: "deletes no rows the way the job does; remove the key" });
  if (silver?.merge === "present_fields")
    found.push({ at: ["silver", "merge"], reason: "merges no fields, each by its own order; allowed: replace" });
  if (source !== undefined && "kafka" in source && source.kafka?.tombstones === "delete")
    found.push({
      at: ["source", "kafka", "tombstones"],
      reason: "deletes no rows the way the job does; allowed: quarantine",
    });
  if (unwrap !== undefined && silver?.mode !== "append")
    found.push({ at: ["unwrap"], reason: "deletes no rows the way the job does; allowed: silver.mode append" });
  const { onNewField, onTypeConflict, compatibility } = schema ?? {};
  if (onNewField === "rescue")
    found.push({ at: ["schema", "onNewField"], reason: "rescues no fields; allowed: add, ignore, fail" });
  if (onTypeConflict === "rescue" || onTypeConflict === "quarantine") {
    const reason = `types all of bronze by the newest schema, so it cannot ${onTypeConflict} by the one that held on arrival; allowed: promote, fail`;
    found.push({ at: ["schema", "onTypeConflict"], reason });
  }
  if (compatibility !== undefined && compatibility !== "none")
    found.push({ at: ["schema", "compatibility"], reason: "rejects no versions; allowed: none" });
  return found;
}

/** The reason why a declarative pipeline cannot refresh a model as its header says; undefined if it can. */
export function refreshFault({ refresh }: Pick<GoldModel, "refresh">): string | undefined {
  return refresh === "auto" ? undefined : "chooses by itself how a materialized view is refreshed; remove the line";
}

/** Environments with `engine: declarative` against every topic and model, told at the setting. */
export function checkDeclarative(
  environments: readonly Checked<EnvironmentConfig>[],
  topics: readonly Checked<TopicConfig>[],
  gold: readonly GoldFile[],
): Fault[] {
  const declarative = environments.filter(({ known }) => known.engine === "declarative").map(({ yaml }) => yaml.file);
  if (declarative.length === 0) return [];
  for (const { known, report } of topics) {
    for (const { at, reason } of unsupportedByDeclarative(known))
      report(
        at,
        `engine: declarative (${declarative.join(", ")}) ${reason}, or use engine: job`,
        "unfit_for_declarative",
      );
  }
  return gold.flatMap(({ file, lines, model }) => {
    const reason = model && refreshFault(model);
    if (reason === undefined) return [];
    const message = `refresh: engine: declarative (${declarative.join(", ")}) ${reason}, or use engine: job`;
    return [{ file, line: lines.get("refresh") ?? 1, column: 1, code: "unfit_for_declarative", message }];
  });
}

/** A rule of `engine: declarative`. */
function rule(at: Rule["at"], fault: (facts: EnvironmentFacts) => string | undefined): Rule {
  return {
    at,
    code: "unfit_for_declarative",
    fault: (facts) => (facts.env.engine === "declarative" ? fault(facts) : undefined),
  };
}

const LAYOUT_KEYS = ["layout", "taskType", "topicsPerTask", "shards", "loop"] as const;

/** Rules for the job and the compute of an environment with a declarative pipeline. */
export const DECLARATIVE_RULES: readonly Rule[] = [
  {
    at: ["declarative"],
    code: "conflicting_keys",
    fault: ({ env }) =>
      env.declarative !== undefined && env.engine !== undefined && env.engine !== "declarative"
        ? "has no effect with engine: job; remove it, or use engine: declarative"
        : undefined,
  },
  rule(["compute", "kind"], ({ env }) =>
    env.compute?.kind === "existing_cluster"
      ? 'found "existing_cluster"; a pipeline brings its own compute: use job_cluster or serverless'
      : undefined,
  ),
  rule(["job", "trigger", "continuous"], ({ env }) =>
    env.job?.trigger !== undefined && "continuous" in env.job.trigger
      ? "the pipeline must be started after new schemas are registered, so its job cannot be continuous; use fileArrival, periodic or schedule"
      : undefined,
  ),
  ...LAYOUT_KEYS.map((key) =>
    rule(["job", key], ({ written }) => {
      const job = written["job"];
      const given = typeof job === "object" && job !== null && key in job;
      return given ? "has no effect with engine: declarative, whose job has five tasks; remove it" : undefined;
    }),
  ),
];
