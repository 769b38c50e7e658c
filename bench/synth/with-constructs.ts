/** One measurement of the constructs: reads the project, then declares and synthesizes it. */
import { App } from "cdktf";
import { MedallionPipeline, MedallionStack, PROVIDER_VERSION } from "../../constructs";
import { loadProject } from "../../spec";
import { report } from "./report";

const [, , project = "", wheel = "", outdir = ""] = process.argv;

const started = performance.now();
const { document, environments, pipeline } = loadProject(project);
const [environment] = environments;
if (environment === undefined) throw new Error("the project has no environment");
const loaded = performance.now();

const app = new App({ outdir });
const stack = new MedallionStack(app, environment.name, {
  mode: environment.mode,
  backend: environment.backend,
  stateKey: `${pipeline.name}/${environment.name}`,
  providerVersion: PROVIDER_VERSION,
});
new MedallionPipeline(stack, "Pipeline", { document, environment, wheel });
app.synth();
report(outdir, { seconds: (performance.now() - loaded) / 1000, loadSeconds: (loaded - started) / 1000 });
