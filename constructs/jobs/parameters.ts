import { type EnvironmentConfig, type Layer, PARAMETERS, type ParameterName } from "../../spec";
import type { CodePaths } from "../code/pipeline-code";

/** Settings of a job: catalog, schemas and paths of the pipeline, as text or as references. */
export interface JobSettings extends CodePaths {
  readonly catalog: string;
  readonly schemas: Readonly<Record<Layer, string>>;
  /** Below the volume root: catalog/schema/volume. */
  readonly landing: string;
  readonly checkpoints: string;
  readonly fileSource: EnvironmentConfig["fileSource"];
  /** Group that owns the tables. @default - whoever makes them */
  readonly owner?: string;
}

/** The parameters of the job by name, sorted. The same names are the widgets of every notebook and the options of the module. */
export function jobParameters(settings: JobSettings): Record<string, string> {
  return {
    action: PARAMETERS.action,
    action_arguments: PARAMETERS.action_arguments,
    catalog: settings.catalog,
    checkpoints: settings.checkpoints,
    file_source: settings.fileSource,
    landing: settings.landing,
    library_hash: settings.libraryHash,
    ...(settings.owner === undefined ? {} : { owner: settings.owner }),
    pipeline_document: settings.document,
    schema_bronze: settings.schemas.bronze,
    schema_gold: settings.schemas.gold,
    schema_ops: settings.schemas.ops,
    schema_silver: settings.schemas.silver,
    volume_root: PARAMETERS.volume_root,
  } satisfies Partial<Record<ParameterName, string>>;
}
