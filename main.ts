import { existsSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { MedallionPipeline, MedallionStack, PROVIDER_VERSION, UserError } from "./constructs";
import { ConfigError, loadProject, type Project } from "./spec";

/** The project is beside this file; in the npm package this file is compiled, two folders further down. */
const ROOT = existsSync(join(__dirname, "config")) ? __dirname : join(__dirname, "..", "..");

/**
 * The app: one stack per environment of config/environments. From the environment of the process it takes
 * MEDALLION_STACKS (only these stacks, joined by commas), MEDALLION_DEVELOPER (whose own copy a development stack
 * is) and MEDALLION_LOCAL_STATE (state on this machine, for a trial); credentials are for Terraform alone.
 */
function main(): void {
  const project = loadProject(ROOT);
  const environments = wanted(project, process.env["MEDALLION_STACKS"] ?? "");
  const developer = slug(process.env["MEDALLION_DEVELOPER"] ?? "");
  const app = new App();
  for (const environment of environments) {
    const owner = environment.mode === "development" ? developer : undefined;
    const stack = new MedallionStack(app, environment.name, {
      mode: environment.mode,
      workspace: environment.workspace,
      backend: process.env["MEDALLION_LOCAL_STATE"] ? { local: {} } : environment.backend,
      stateKey: [project.pipeline.name, environment.name, owner].filter((part) => part !== undefined).join("/"),
      providerVersion: PROVIDER_VERSION,
    });
    new MedallionPipeline(stack, "Pipeline", {
      document: project.document,
      environment,
      dashboards: project.dashboards,
      developer: owner,
    });
  }
  app.synth();
}

function wanted({ environments }: Project, list: string): Project["environments"] {
  const names = list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const unknown = names.filter((name) => !environments.some((environment) => environment.name === name));
  const known = environments.map(({ name }) => name).join(", ");
  if (unknown.length > 0)
    throw new UserError(`MEDALLION_STACKS names ${unknown.join(", ")}; config/environments has ${known}`);
  return names.length === 0 ? environments : environments.filter(({ name }) => names.includes(name));
}

/** Jane.Doe -> jane_doe: a name that may be part of a schema's name. */
function slug(name: string): string | undefined {
  const made = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+/, "")
    .slice(0, 20)
    .replace(/_+$/, "");
  if (made === "" && name !== "")
    throw new UserError(`MEDALLION_DEVELOPER "${name}" has no letter; give a name such as jane`);
  return made === "" ? undefined : made;
}

try {
  main();
} catch (error) {
  // What the user can put right is said in its own words; anything else keeps its stack.
  if (!(error instanceof ConfigError || error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
