import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { NAME } from "../../spec";
import { Fault } from "../fault";
import { PACKAGE } from "../places";

/** What a new project is made of. */
export interface NewProject {
  /** Name of the pipeline. */
  readonly name: string;
  readonly cloud: string;
  /** Where npm gets this package from. */
  readonly packageSpec: string;
  /** With workflows and scripts for CI. */
  readonly ci: boolean;
}

interface File {
  readonly path: string;
  readonly content: string | Buffer;
  readonly executable?: boolean;
}

const TEMPLATE = join(PACKAGE, "cli", "init", "template");

/** Every file of a new project, before anything is written. */
export function filesOf(project: NewProject): File[] {
  const template = walk(TEMPLATE).map((path) => ({
    // npm leaves a file that is called .gitignore out of a package.
    path: path === "gitignore" ? ".gitignore" : path,
    content: fill(readFileSync(join(TEMPLATE, path), "utf8"), project),
  }));
  const ci = [join("scripts", "ci"), join(".github", "workflows")].flatMap((folder) =>
    walk(join(PACKAGE, folder)).map((path) => ({
      path: join(folder, path),
      content: readFileSync(join(PACKAGE, folder, path)),
      executable: path.endsWith(".sh"),
    })),
  );
  return [{ path: "package.json", content: packageJson(project) }, ...template, ...(project.ci ? ci : [])];
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

/** This package as npm gets it: by version where it is installed; from its folder where it is a checkout. */
export function ownSpec(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { version: string };
  if (PACKAGE.split(sep).includes("node_modules")) return `^${version}`;
  return `file:${relative(folder, PACKAGE).split(sep).join("/")}`;
}

function packageJson({ name, packageSpec }: NewProject): string {
  const own = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  const versions: Record<string, string> = { ...own.peerDependencies, ...own.dependencies, ...own.devDependencies };
  const take = (...names: string[]) => Object.fromEntries(names.map((each) => [each, versions[each]]));
  const content = {
    name: name.replaceAll("_", "-"),
    version: "0.1.0",
    private: true,
    scripts: {
      // The first time, this installs Python packages and Delta's jars into node_modules/medallion/.tools.
      prestart: "node node_modules/medallion/scripts/setup.mjs",
      start: "medallion run --stack dev --data sample",
      check: "tsc --noEmit -p .",
      synth: "cdktf synth",
    },
    dependencies: { ...take("@cdktf/provider-databricks", "cdktf", "constructs"), medallion: packageSpec },
    devDependencies: take("@types/node", "cdktf-cli", "tsx", "typescript"),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function fill(text: string, { name, cloud }: NewProject): string {
  return text.replaceAll("{{name}}", name).replaceAll("{{cloud}}", cloud);
}

/** Files below a folder, by path. */
function walk(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((entry) => {
      const path = join(below, entry);
      return statSync(join(folder, path)).isDirectory() ? walk(folder, path) : [path];
    });
}
