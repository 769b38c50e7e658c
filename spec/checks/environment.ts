import type { EnvironmentConfig } from "../model/environment";
import type { Checked } from "../reading/checked";
import { isMapping } from "../reading/schema-walk";
import { show } from "../words";
import { BASIC_RULES } from "./environment-basics";
import { FREE_RULES } from "./environment-free";
import { JOB_RULES } from "./environment-job";
import { checkLists } from "./environment-lists";
import { PRODUCTION_RULES } from "./environment-production";
import type { EnvironmentFacts } from "./rule";

/** What shapes cannot say about environments, alone and together. */
export function checkEnvironments(environments: readonly Checked<EnvironmentConfig>[], hasFiles: boolean): void {
  const owners = new Map<string, string>();
  for (const { yaml, stem, known: env, report } of environments) {
    const layout =
      env.job?.layout ??
      (env.compute?.kind === undefined ? undefined : env.compute.kind === "serverless" ? "one_task" : "staged");
    const facts: EnvironmentFacts = { env, written: isMapping(yaml.value) ? yaml.value : {}, layout, stem, hasFiles };
    for (const rule of [...BASIC_RULES, ...JOB_RULES, ...FREE_RULES, ...PRODUCTION_RULES]) {
      const message = rule.fault(facts);
      if (message !== undefined) report(rule.at, message);
    }
    checkLists(env, facts.written, report);
    if (env.name === undefined) continue;
    const other = owners.get(env.name);
    if (other !== undefined)
      report(["name"], `${show(env.name)} is already the name of ${other}; each environment has its own`);
    else owners.set(env.name, yaml.file);
  }
}
