import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { EnvironmentConfig } from "../../spec";
import { PipelineCode } from "../code/pipeline-code";
import type { ICompute } from "../compute/compute";
import { DeclarativeJob } from "../declarative/declarative-job";
import { DeclarativePipeline } from "../declarative/declarative-pipeline";
import { jobParameters } from "../jobs/parameters";
import { PipelineJob } from "../jobs/pipeline-job";
import { type Containers, mapLayers } from "./containers";
import { codeLevels } from "./permissions";
import type { Settings } from "./settings";

/** Makes the folder of code: library, document, notebooks. */
export function makeCode(
  scope: Construct,
  settings: Settings,
  { catalog, schemas, landing, checkpoints }: Containers,
  compute: ICompute,
): PipelineCode {
  const { document, environment, given, folder, runsAs } = settings;
  return new PipelineCode(scope, "Code", {
    document,
    wheel: given.wheel,
    templates: given.templates,
    folder,
    permissionLevels: codeLevels(settings),
    servicePrincipals: runsAs,
    engine: environment.engine,
    pip: compute.kind === "serverless",
    defaults: (paths) =>
      jobParameters({
        ...paths,
        catalog: catalog.name,
        schemas: mapLayers((layer) => schemas[layer].name),
        landing: landing.path,
        checkpoints: checkpoints.path,
        fileSource: environment.fileSource,
        owner: environment.owner,
      }),
  });
}

/** Parts of a run, beside its settings. */
export interface RunParts {
  readonly containers: Containers;
  readonly code: PipelineCode;
  readonly compute: ICompute;
  /** Recipients of notifications; destinations that are made here count like existing ones. */
  readonly notifications: EnvironmentConfig["notifications"];
  /** Resources that must exist before the pipeline: grants. */
  readonly grants: readonly ITerraformDependable[];
  /** Resources that must exist before the job, beside grants. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Makes the job and, with `engine: declarative`, the Lakeflow pipeline that it starts. */
export function makeRun(
  scope: Construct,
  settings: Settings,
  parts: RunParts,
): { readonly job: PipelineJob | DeclarativeJob; readonly declarative?: DeclarativePipeline } {
  const { document, environment, naming, defaults, runsAs } = settings;
  const { job } = environment;
  const { code, compute, containers, notifications } = parts;
  const [runAs] = runsAs;
  const parameters = parametersOf(settings, containers, code);
  const common = {
    ...job,
    name: naming.resource,
    description: environment.description,
    document,
    code,
    compute,
    parameters,
    landingUrl: `/Volumes/${containers.landing.pathReference}`,
    paused: job.paused ?? defaults.paused,
    runAs,
    lockUi: defaults.lockUi,
    notifications,
    tags: { ...naming.tags, library: code.libraryHash },
    dependsOn: [...parts.grants, ...parts.dependsOn],
  };
  if (environment.engine !== "declarative")
    return {
      job: new PipelineJob(scope, "Job", {
        ...common,
        concurrentTasks: environment.preset === "free" ? 5 : undefined,
      }),
    };
  const declarative = new DeclarativePipeline(scope, "Declarative", {
    ...environment.declarative,
    name: naming.resource,
    document,
    code,
    compute,
    schemas: containers.schemas,
    parameters,
    development: environment.mode === "development",
    emails: environment.notifications.onFailure,
    runAs,
    protect: defaults.protect,
    tags: naming.tags,
    dependsOn: parts.grants,
  });
  const { layout: _layout, taskType: _type, topicsPerTask: _group, shards: _shards, loop: _loop, ...props } = common;
  return { declarative, job: new DeclarativeJob(scope, "Job", { ...props, pipeline: declarative }) };
}

/** Parameters of the job: names and paths as references, so that what is made comes first. */
function parametersOf(
  { environment }: Settings,
  { catalog, schemas, landing, checkpoints }: Containers,
  code: PipelineCode,
): Record<string, string> {
  return jobParameters({
    catalog: catalog.reference,
    schemas: mapLayers((layer) => schemas[layer].reference),
    landing: landing.pathReference,
    checkpoints: checkpoints.pathReference,
    fileSource: environment.fileSource,
    owner: environment.owner,
    document: code.documentPath,
    wheel: code.wheelPath,
    libraryHash: code.libraryHash,
  });
}
