import { App } from "cdktf";
import { MedallionPipeline, MedallionStack, PROVIDER_VERSION, UserError } from "medallion";
import { ConfigError, loadProject } from "medallion/spec";

/**
 * One stack per file of config/environments. From the environment of the process it takes MEDALLION_STACKS (only these
 * stacks, joined by commas) and MEDALLION_LOCAL_STATE (state on this machine, for a trial); credentials are Terraform's.
 */
function main(): void {
  const project = loadProject(__dirname);
  const only = process.env["MEDALLION_STACKS"]?.split(",");
  const app = new App();
  for (const environment of project.environments) {
    if (only !== undefined && !only.includes(environment.name)) continue;
    const stack = new MedallionStack(app, environment.name, {
      mode: environment.mode,
      workspace: environment.workspace,
      backend: process.env["MEDALLION_LOCAL_STATE"] ? { local: {} } : environment.backend,
      stateKey: `${project.pipeline.name}/${environment.name}`,
      providerVersion: PROVIDER_VERSION,
    });
    const { document, dashboards } = project;
    new MedallionPipeline(stack, "Pipeline", { document, environment, dashboards });
  }
  app.synth();
}

try {
  main();
} catch (error) {
  // What can be put right in the config is said in its own words; anything else keeps its stack.
  if (!(error instanceof ConfigError || error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
