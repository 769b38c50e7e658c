import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { NAME } from "../../spec";
import { Fault } from "../fault";
import { PACKAGE } from "../paths";
import { type FrameworkName, framework, ownVersions } from "./framework";

/** Settings of a new project. */
export interface NewProject {
  /** Name of the pipeline. */
  readonly name: string;
  readonly cloud: Cloud;
  readonly framework: FrameworkName;
  /** Package specifier by which npm finds this package. */
  readonly packageSpec: string;
  /** CI system: with staging, production, its own files and the scripts that they call. Default: none of these. */
  readonly ci?: CiSystem | undefined;
}

export interface File {
  readonly path: string;
  readonly content: string | Buffer;
  readonly executable?: boolean;
}

/** Clouds, with the names by which comments call them. */
export const CLOUD_NAMES = { aws: "AWS", azure: "Azure", gcp: "Google Cloud" } as const;
export type Cloud = keyof typeof CLOUD_NAMES;

const TEMPLATE = join(PACKAGE, "cli", "init", "template");

/** CI systems, with the files of each: path in this package -> path in the project. */
export const CI_FILES = {
  github: { [join(".github", "workflows")]: join(".github", "workflows") },
  azure: { [join("cli", "init", "ci", "azure")]: ".azure-pipelines" },
  gitlab: { [join("cli", "init", "ci", "gitlab-ci.yml")]: ".gitlab-ci.yml" },
} as const satisfies Record<string, Record<string, string>>;
export type CiSystem = keyof typeof CI_FILES;
const CI_SCRIPTS = join("scripts", "ci");

/** Every file of a new project, before anything is written. */
export function filesOf(project: NewProject): File[] {
  const template = walk(TEMPLATE).map((path) => ({
    // npm leaves a file that is called .gitignore out of a package.
    path: path === "gitignore" ? ".gitignore" : path,
    content: readFileSync(join(TEMPLATE, path), "utf8")
      .replaceAll("{{name}}", project.name)
      .replaceAll("{{cloud}}", project.cloud)
      .replaceAll("{{framework}}", project.framework),
  }));
  const environments = environmentsOf(project).map((name) => ({
    path: join("config", "environments", `${name}.yaml`),
    content: environment(name, project),
  }));
  const ci = project.ci === undefined ? {} : { [CI_SCRIPTS]: CI_SCRIPTS, ...CI_FILES[project.ci] };
  const ciFiles = Object.entries(ci).flatMap(([source, target]) =>
    walk(join(PACKAGE, source)).map((path) => ({
      path: join(target, path),
      content: onCloud(readFileSync(join(PACKAGE, source, path), "utf8"), project.cloud),
      executable: path.endsWith(".sh"),
    })),
  );
  const manifest = { path: "package.json", content: packageJson(project) };
  return [manifest, ...template, ...environments, ...ciFiles];
}

/** Names of the environments of a new project. */
export function environmentsOf({ cloud, ci }: Pick<NewProject, "cloud" | "ci">): string[] {
  return ["local", `dev-${cloud}`, ...(ci !== undefined ? [`staging-${cloud}`, `prod-${cloud}`] : [])];
}

/** Writes the files; nothing at all where one of them is there already. */
export function writeProject(folder: string, files: readonly File[]): void {
  const there = files.filter(({ path }) => existsSync(join(folder, path))).map(({ path }) => path);
  if (there.length > 0)
    throw new Fault(`${folder} has ${there.join(", ")} already; nothing was written. Give another folder.`);
  for (const { path, content, executable } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { flag: "wx" });
    if (executable) chmodSync(file, 0o755);
  }
}

/** A name for the pipeline out of the folder's: "Web Shop" -> web_shop. */
export function pipelineName(folder: string): string {
  const made = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "")
    .slice(0, 40);
  return NAME.test(made) ? made : "medallion";
}

/** An environment as this package has it, under the names of the new project. */
function environment(name: string, { name: pipeline, cloud }: NewProject): string {
  const shipped = readFileSync(join(PACKAGE, "config", "environments", `${name}.yaml`), "utf8");
  return shipped
    .replace("$schema=../schemas/", "$schema=../../node_modules/medallion/config/schemas/")
    .replace(/\bmedallion(?=_(local|dev|staging)\b|,)/g, pipeline)
    .replace(/\bmedallion(?=-(terraform-)?state)/g, pipeline.replaceAll("_", "-"))
    .replace("a small AWS environment", `a small ${CLOUD_NAMES[cloud]} environment`)
    .replace("cloud: aws", `cloud: ${cloud}`);
}

/** The environments that workflows and scripts name are those of this cloud. */
function onCloud(text: string, cloud: Cloud): string {
  return text.replace(/\b(dev|staging|prod)-aws\b/g, `$1-${cloud}`);
}

function packageJson({ name, framework: chosen, packageSpec }: NewProject): string {
  const { dependencies, devDependencies, overrides } = framework(chosen);
  const versions = ownVersions();
  const tools = ["@types/node", "tsx", "typescript"].map((tool) => [tool, versions[tool]]);
  const content = {
    name: name.replaceAll("_", "-"),
    version: "0.1.0",
    private: true,
    scripts: {
      // The first time, this installs Python packages and Delta's jars into node_modules/medallion/.tools.
      setup: "medallion setup",
      prestart: "medallion setup",
      start: "medallion run --data sample",
      check: "tsc --noEmit -p .",
      synth: "medallion synth",
    },
    dependencies: { ...dependencies, medallion: packageSpec },
    devDependencies: { ...Object.fromEntries(tools), ...devDependencies },
    overrides,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Files below a folder, by path; of a file, itself by an empty one. */
function walk(folder: string, below = ""): string[] {
  if (statSync(folder).isFile()) return [""];
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((entry) => {
      const path = join(below, entry);
      return statSync(join(folder, path)).isDirectory() ? walk(folder, path) : [path];
    });
}
