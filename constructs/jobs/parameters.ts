import { type EnvironmentConfig, type Layer, PARAMETERS, type ParameterName } from "../../spec";
import type { CodePlaces } from "../code/pipeline-code";

/** The places a pipeline works in, as text or as references. */
export interface Places extends CodePlaces {
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
export function jobParameters(places: Places): Record<string, string> {
  return {
    action: PARAMETERS.action,
    action_arguments: PARAMETERS.action_arguments,
    catalog: places.catalog,
    checkpoints: places.checkpoints,
    file_source: places.fileSource,
    landing: places.landing,
    library_hash: places.libraryHash,
    ...(places.owner === undefined ? {} : { owner: places.owner }),
    pipeline_document: places.document,
    schema_bronze: places.schemas.bronze,
    schema_gold: places.schemas.gold,
    schema_ops: places.schemas.ops,
    schema_silver: places.schemas.silver,
    volume_root: PARAMETERS.volume_root,
  } satisfies Partial<Record<ParameterName, string>>;
}
