import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { dashboardConfig, environmentConfig, pipelineConfig, topicConfig } from "../../../spec";
import { copyOfShipped, faultsIn } from "../../spec/project";

type Mapping = Record<string, unknown>;

/** Files of which a snippet without a title may be a part: the first that has all of its keys. */
const KINDS = [
  ["config/dashboards/snippet.yaml", dashboardConfig],
  ["config/topics/orders.yaml", topicConfig],
  ["config/environments/dev-<cloud>.yaml", environmentConfig],
  ["config/pipeline.yaml", pipelineConfig],
] as const;

/** Keys that a topic needs, where a snippet shows others. */
const TOPIC: Mapping = { source: { files: "snippet" }, silver: { mode: "append" } };
/** Scopes of the secrets that snippets name. */
const SCOPES: Mapping = { secretScopes: { kafka: "existing", hooks: "existing" } };

/** Returns what is wrong with snippets of YAML and models, put into a copy of the shipped config. */
export function configFaults(snippets: readonly string[]): string[] {
  return copyOfShipped((root) => {
    const development = `config/environments/dev-${cloudOf(snippets.join("\n"))}.yaml`;
    const files = snippets.flatMap((snippet) => filesOf(snippet, development));
    const written = files.map(([file, text]) => {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), /\.sql$/.test(file) ? text : completed(root, file, parse(text) as Mapping));
      return file;
    });
    // One environment, so that a snippet need not hold in those for which it is not meant.
    const environment = written.find((file) => file.startsWith("config/environments/")) ?? development;
    for (const name of readdirSync(join(root, "config/environments")))
      if (name !== basename(environment)) rmSync(join(root, "config/environments", name));
    const kept = parse(readFileSync(join(root, environment), "utf8")) as Mapping;
    writeFileSync(join(root, environment), stringify({ ...SCOPES, ...kept }));
    return faultsIn(root);
  });
}

/** The files that a snippet shows: named by a comment, by the header of a model, or by its keys. */
function filesOf(snippet: string, development: string): [string, string][] {
  const model = /^-- model: (\w+)$/m.exec(snippet)?.[1];
  if (model !== undefined) return [[`notebooks/gold/${model}.sql`, snippet.replace(/^-- notebooks\/.*\n/, "")]];
  const titled = [...snippet.matchAll(/^# (config\/\S+\.yaml)\n((?:(?!^# config\/).*\n?)*)/gm)];
  if (titled.length > 0) return titled.map(([, file = "", text = ""]) => [file, text]);
  const keys = Object.keys(parse(snippet) as Mapping);
  const [file] = KINDS.find(([, { shape }]) => keys.every((key) => Object.hasOwn(shape, key))) ?? [];
  // Without a kind, a topic says best which key it does not know.
  return [[file?.includes("<cloud>") ? development : (file ?? "config/topics/orders.yaml"), snippet]];
}

/** The rest of a file comes from the shipped one. */
function completed(root: string, file: string, part: Mapping): string {
  const shipped = existsSync(join(root, file)) ? (parse(readFileSync(join(root, file), "utf8")) as Mapping) : {};
  const whole = "source" in part && "silver" in part;
  return stringify({ ...(file.startsWith("config/topics/") ? TOPIC : {}), ...(whole ? {} : shipped), ...part });
}

function cloudOf(snippet: string): string {
  if (/abfss:|accessConnectorId/.test(snippet)) return "azure";
  return /\bgs:|databricksServiceAccount/.test(snippet) ? "gcp" : "aws";
}
