import { App } from "cdktf";
import { MedallionPipeline, MedallionStack, PROVIDER_VERSION } from "./constructs";
import { loadProject } from "./spec";

/**
 * The app: one stack per environment of config/environments. From the environment of the process it takes
 * MEDALLION_STACKS (only these stacks, joined by commas), MEDALLION_DEVELOPER (whose own copy a development stack
 * is) and MEDALLION_LOCAL_STATE (state on this machine, for a trial); credentials are for Terraform alone.
 */
const project = loadProject(__dirname);
const only = process.env["MEDALLION_STACKS"]
  ?.split(",")
  .map((name) => name.trim())
  .filter((name) => name !== "");
const developer = slug(process.env["MEDALLION_DEVELOPER"]);

const unknown = (only ?? []).filter((name) => !project.environments.some((environment) => environment.name === name));
if (unknown.length > 0) {
  const known = project.environments.map(({ name }) => name).join(", ");
  throw new Error(`MEDALLION_STACKS names ${unknown.join(", ")}; config/environments has ${known}`);
}

const app = new App();
for (const environment of project.environments.filter(({ name }) => only === undefined || only.includes(name))) {
  const owner = environment.mode === "development" ? developer : undefined;
  const stack = new MedallionStack(app, environment.name, {
    mode: environment.mode,
    workspace: environment.workspace,
    backend: process.env["MEDALLION_LOCAL_STATE"] ? { local: {} } : environment.backend,
    stateKey: [project.pipeline.name, environment.name, ...(owner === undefined ? [] : [owner])].join("/"),
    providerVersion: PROVIDER_VERSION,
  });
  new MedallionPipeline(stack, "Pipeline", { document: project.document, environment, developer: owner });
}
app.synth();

/** Jane.Doe -> jane_doe: a name that may be part of a schema's name. */
function slug(name: string | undefined): string | undefined {
  const made = name
    ?.toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "")
    .slice(0, 20);
  return made === "" ? undefined : made;
}
