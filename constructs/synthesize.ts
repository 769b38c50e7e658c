import { App } from "cdktf";
import { type BackendConfig, ConfigError, type EnvironmentConfig, type Project } from "../spec";
import { UserError } from "./internal/check";
import { MedallionPipeline } from "./medallion-pipeline";
import { MedallionStack, PROVIDER_VERSION } from "./medallion-stack";

/** Environment variables of a process that change what is synthesized. Credentials are for Terraform alone. */
export interface SynthesisVariables {
  /** Names of the stacks to synthesize, joined by commas. @default - all environments of the project */
  readonly MEDALLION_STACKS?: string | undefined;
  /** Developer whose own copies the development stacks are. @default - the shared copies */
  readonly MEDALLION_DEVELOPER?: string | undefined;
  /** Any text: state lies on this machine, for a trial. @default - the backend of each environment */
  readonly MEDALLION_LOCAL_STATE?: string | undefined;
}

/** Adds to a stack before it is synthesized: an override, an aspect, a resource beside the pipeline. */
export type Extension = (stack: MedallionStack, pipeline: MedallionPipeline, environment: EnvironmentConfig) => void;

/**
 * Synthesizes a project: one stack per environment, of the same name. This is all that the `main.ts` of a project does.
 *
 * @param env the environment of the process, `process.env`
 * @param extend called once per stack @default - nothing is added
 * @throws UserError where a variable names a stack that the project does not have, or no developer
 */
export function synthesize(project: Project, env: SynthesisVariables, extend: Extension = () => undefined): void {
  const environments = wanted(project, env.MEDALLION_STACKS ?? "");
  const developer = slug(env.MEDALLION_DEVELOPER ?? "");
  const app = new App();
  for (const environment of environments) {
    const owner = environment.mode === "development" ? developer : undefined;
    const stack = new MedallionStack(app, environment.name, {
      mode: environment.mode,
      workspace: environment.workspace,
      backend: env.MEDALLION_LOCAL_STATE ? { local: {} } : backendOf(environment.backend, owner),
      stateKey: [project.pipeline.name, environment.name, owner].filter((part) => part !== undefined).join("/"),
      providerVersion: PROVIDER_VERSION,
    });
    const { document, dashboards } = project;
    const pipeline = new MedallionPipeline(stack, "Pipeline", { document, environment, dashboards, developer: owner });
    extend(stack, pipeline, environment);
  }
  app.synth();
}

/**
 * Does the work of an app. A fault that the user can put right is told on standard error in its own words, with exit
 * status 1; anything else keeps its stack.
 */
export function reportFaults(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof UserError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
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

/** A key that the config names is the shared copy's: a developer's state lies beside it. */
function backendOf(backend: BackendConfig, owner: string | undefined): BackendConfig {
  if (owner === undefined) return backend;
  const own = (key: string | undefined) => key?.replace(/(\.[^./]+)?$/, `-${owner}$1`);
  if ("s3" in backend) return { s3: { ...backend.s3, key: own(backend.s3.key) } };
  if ("azurerm" in backend) return { azurerm: { ...backend.azurerm, key: own(backend.azurerm.key) } };
  if ("gcs" in backend) return { gcs: { ...backend.gcs, prefix: own(backend.gcs.prefix) } };
  return { local: { path: own(backend.local.path) } };
}
