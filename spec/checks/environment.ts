import { layoutOf } from "../jobs";
import { type EnvironmentConfig, LAYERS } from "../model/environment";
import type { Checked } from "../reading/checked";
import { isMapping } from "../reading/schema-walk";
import { show } from "../words";
import { DECLARATIVE_RULES } from "./declarative";
import { BASIC_RULES } from "./environment-basics";
import { checkCredentials, type KafkaNeeds } from "./environment-credentials";
import { FREE_RULES } from "./environment-free";
import { JOB_RULES } from "./environment-job";
import { checkLists } from "./environment-lists";
import { PRODUCTION_RULES } from "./environment-production";
import { RESOURCE_RULES } from "./environment-resources";
import type { EnvironmentFacts } from "./rule";

/** Facts about the topics of a project that the rules of every environment use. */
export interface ProjectFacts {
  readonly hasFiles: boolean;
  readonly kafka: readonly KafkaNeeds[];
}

const RULES = [
  ...BASIC_RULES,
  ...RESOURCE_RULES,
  ...JOB_RULES,
  ...FREE_RULES,
  ...PRODUCTION_RULES,
  ...DECLARATIVE_RULES,
];

/** Checks one environment beyond its schema. */
export function checkEnvironment(
  { yaml, stem, known: env, report }: Checked<EnvironmentConfig>,
  { hasFiles, kafka }: ProjectFacts,
): void {
  const layout = layoutOf(env.job?.layout, env.compute?.kind);
  const facts: EnvironmentFacts = { env, written: isMapping(yaml.value) ? yaml.value : {}, layout, stem, hasFiles };
  for (const rule of RULES) {
    const message = rule.fault(facts);
    if (message !== undefined) report(rule.at, message, rule.code);
  }
  checkLists(env, facts.written, report);
  checkCredentials(env, kafka, report);
}

/** Checks environments beyond their schema, one by one and together. */
export function checkEnvironments(environments: readonly Checked<EnvironmentConfig>[], project: ProjectFacts): void {
  const owners = new Map<string, string>();
  for (const environment of environments) {
    checkEnvironment(environment, project);
    const { yaml, known: env, report } = environment;
    if (env.name === undefined) continue;
    const other = owners.get(env.name);
    if (other !== undefined)
      report(["name"], `${show(env.name)} is already the name of ${other}; each environment has its own`, "duplicate");
    else owners.set(env.name, yaml.file);
  }
  checkSharedFolders(environments);
}

/** Two environments of one workspace that write into the same schema would overwrite each other. */
function checkSharedFolders(environments: readonly Checked<EnvironmentConfig>[]): void {
  const owners = new Map<string, string>();
  for (const { known: env, stem, report } of environments) {
    const host = env.workspace?.host?.replace(/\/$/, "") ?? env.workspace?.profile;
    if (host === undefined || env.catalog?.name === undefined) continue;
    for (const layer of LAYERS) {
      const schema = `${env.catalog.name}.${env.schemas?.[layer]}`;
      const other = owners.get(`${host} ${schema}`);
      if (other !== undefined && other !== stem)
        report(
          ["schemas", layer],
          `${schema} is also that of ${other} in the same workspace; give one of them another catalog or other schemas`,
          "duplicate",
        );
      else owners.set(`${host} ${schema}`, stem);
    }
  }
}
