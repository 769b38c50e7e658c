import { relative } from "node:path";
import { type Command, Option } from "commander";
import { counted, NAME, NAME_RULE } from "../../spec";
import { Fault } from "../fault";
import { userFolder, userPath } from "../paths";
import { FRAMEWORK_NAMES, type FrameworkName } from "./framework";
import {
  CI_FILES,
  type CiSystem,
  CLOUD_NAMES,
  type Cloud,
  environmentsOf,
  filesOf,
  pipelineName,
  writeProject,
} from "./project";
import { packageSource } from "./vendor";

interface Options {
  readonly name?: string;
  readonly cloud: Cloud;
  readonly framework: FrameworkName;
  readonly package?: string;
  readonly ci?: CiSystem;
}

/** The longest name of which the names of catalogs and buckets can be made. */
const NAME_LENGTH = 40;

/** Adds `init` to the command line. */
export function addInit(program: Command): void {
  program
    .command("init")
    .description("create a project: config with one topic, a gold model, the app; never overwrites")
    .argument("[dir]", "folder of the project", ".")
    .option("--name <name>", "name of the pipeline (default: derived from the folder)")
    .addOption(
      new Option("--cloud <cloud>", "cloud of the environments").choices(Object.keys(CLOUD_NAMES)).default("aws"),
    )
    .addOption(
      new Option(
        "--framework <framework>",
        "framework of the synthesis: cdktn, the continuation of cdktf, under the same import names; or cdktf, which is archived",
      )
        .choices(FRAMEWORK_NAMES)
        .default(FRAMEWORK_NAMES[0]),
    )
    .option(
      "--package <spec>",
      "package for npm: a .tgz, which is copied into the project, or a version (default: this package, packed)",
    )
    .addOption(
      new Option(
        "--ci [system]",
        "add staging and production, scripts/ci, and the files of a CI system (default: github) that call them",
      )
        .choices(Object.keys(CI_FILES))
        .preset("github"),
    )
    .action((dir: string, options: Options) => {
      process.stdout.write(`${init(dir, options)}\n`);
    });
}

/** Makes the project; returns what to tell. */
export function init(dir: string, { name, cloud, framework, package: given, ci }: Options): string {
  const folder = userPath(dir);
  if (name !== undefined && !(NAME.test(name) && name.length <= NAME_LENGTH))
    throw new Fault(`"${name}" is no name for a pipeline: ${NAME_RULE.replace("63", String(NAME_LENGTH))}.`);
  const source = packageSource(given);
  const project = { name: name ?? pipelineName(folder), cloud, framework, packageSpec: source.spec, ci };
  const files = [...filesOf(project), ...(source.file === undefined ? [] : [source.file])];
  writeProject(folder, files);
  const here = relative(userFolder(), folder);
  const environments = environmentsOf(project);
  return [
    `Made the pipeline ${project.name} in ${folder}: ${counted(files.length, "file")}, environments ${environments.join(", ")}.`,
    ...(ci !== undefined
      ? [`Replace the names in ${environments.slice(2).join(" and ")} (who it runs as, state, groups).`]
      : []),
    "Next:",
    ...(here === "" ? [] : [`  cd ${/^[\w./-]+$/.test(here) ? here : JSON.stringify(here)}`]),
    "  npm install",
    "  npm start",
    "  npx --no-install medallion new-topic <name> --from <file of events>",
  ].join("\n");
}
