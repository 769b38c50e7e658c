import { relative } from "node:path";
import { type Command, Option } from "commander";
import { NAME, NAME_RULE } from "../../spec";
import { Fault } from "../fault";
import { userFolder, userPath } from "../places";
import { filesOf, ownSpec, pipelineName, writeProject } from "./project";

interface Options {
  readonly name?: string;
  readonly cloud: string;
  readonly package?: string;
  readonly ci?: boolean;
}

/** Adds `init` to the command line. */
export function addInit(program: Command): void {
  program
    .command("init")
    .description("start a project: config with one topic and one environment, a gold model, the app; never overwrites")
    .argument("[dir]", "folder of the project", ".")
    .option("--name <name>", "name of the pipeline (default: made of the folder's)")
    .addOption(
      new Option("--cloud <cloud>", "cloud of the environment").choices(["aws", "azure", "gcp"]).default("aws"),
    )
    .option("--package <spec>", "where npm gets medallion from: a version, a .tgz, a folder (default: this one)")
    .option("--ci", "with GitHub workflows and scripts/ci")
    .action((dir: string, options: Options) => {
      process.stdout.write(`${init(dir, options)}\n`);
    });
}

/** Makes the project; returns what to tell. */
export function init(dir: string, { name, cloud, package: given, ci = false }: Options): string {
  const folder = userPath(dir);
  if (name !== undefined && !NAME.test(name)) throw new Fault(`"${name}" is no name for a pipeline: ${NAME_RULE}.`);
  const project = { name: name ?? pipelineName(folder), cloud, packageSpec: given ?? ownSpec(folder), ci };
  const files = filesOf(project);
  writeProject(folder, files);
  const here = relative(userFolder(), folder);
  return [
    `Made the pipeline ${project.name} in ${folder} (${files.length} files).`,
    `Next: ${here === "" ? "" : `cd ${here}, `}npm install, npm start.`,
    ...(ci ? ["The workflows name dev-aws, staging-aws and prod-aws: put your environments there."] : []),
  ].join("\n");
}
