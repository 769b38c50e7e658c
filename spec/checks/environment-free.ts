import { show } from "../words";
import type { EnvironmentFacts, Rule } from "./rule";

/** A rule of `preset: free`. */
function free(at: Rule["at"], fault: Rule["fault"]): Rule {
  return {
    at,
    code: "unfit_for_free_edition",
    fault: (facts) => (facts.env.preset === "free" ? fault(facts) : undefined),
  };
}

/** Rules for features that Databricks Free Edition lacks. */
export const FREE_RULES: readonly Rule[] = [
  free(["mode"], ({ env }) =>
    env.mode === "production"
      ? "Free Edition has no service principals, which production runs as; use mode: development"
      : undefined,
  ),
  free(["compute", "kind"], ({ env }) => {
    const kind = env.compute?.kind;
    return kind === undefined || kind === "serverless"
      ? undefined
      : `found ${show(kind)}; Free Edition has serverless compute only: kind: serverless`;
  }),
  free(["job", "layout"], ({ env }) =>
    env.job?.layout === "staged"
      ? "Free Edition runs at most 5 tasks at once and each pays its own cold start; use layout: one_task"
      : undefined,
  ),
  free(["job", "trigger", "continuous"], ({ env }) =>
    env.job?.trigger !== undefined && "continuous" in env.job.trigger
      ? "would use up the daily quota of Free Edition; use manual, schedule or periodic"
      : undefined,
  ),
  free(["catalog", "create"], ({ env }) =>
    env.catalog?.create === true
      ? "Free Edition cannot create catalogs; use an existing one, such as name: workspace"
      : undefined,
  ),
  free(["landing", "external"], ({ env }) =>
    env.landing !== undefined && "external" in env.landing
      ? "Free Edition has no storage of your own; remove the key, files land in a managed volume"
      : undefined,
  ),
  free(["warehouse"], ({ env }) =>
    typeof env.warehouse === "object" && "create" in env.warehouse
      ? "Free Edition has one warehouse and creates no other; use it with { id: … }, or use none"
      : undefined,
  ),
  free(["runAs"], ({ env }) =>
    env.runAs === undefined ? undefined : "Free Edition has no service principals; remove the key",
  ),
  free(["owner"], ({ env }) =>
    env.owner === undefined ? undefined : "Free Edition has no groups of your own; remove the key",
  ),
  free(["roles"], ({ env }: EnvironmentFacts) => {
    const groups = Object.values(env.roles ?? {})
      .flat()
      .filter((principal) => principal !== undefined && !principal.includes("@") && principal !== "account users");
    return groups.length === 0
      ? undefined
      : `found ${groups.map(show).join(", ")}; Free Edition has no groups of your own: allowed are e-mail addresses and "account users"`;
  }),
];
