/** Synthesizes environments of this project as if they said `engine: declarative`: the stacks that the tests run. */
import { App } from "cdktf";
import { MedallionPipeline, MedallionStack, PROVIDER_VERSION } from "../../../constructs";
import { type EnvironmentConfig, loadProject } from "../../../spec";

const project = loadProject(`${__dirname}/../../..`);
const names = process.argv.slice(2);

const app = new App();
for (const environment of project.environments.filter(({ name }) => names.includes(name))) {
  const stack = new MedallionStack(app, environment.name, {
    mode: environment.mode,
    providerVersion: PROVIDER_VERSION,
  });
  new MedallionPipeline(stack, "Pipeline", {
    document: project.document,
    dashboards: project.dashboards,
    environment: declared(environment),
  });
}
app.synth();

function declared({ job, ...environment }: EnvironmentConfig): EnvironmentConfig {
  const { layout: _layout, loop: _loop, ...rest } = job;
  return { ...environment, engine: "declarative", job: rest };
}
