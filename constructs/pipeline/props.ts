import type { Dashboard, Layer, PipelineDocument } from "../../spec";
import type { ICatalog } from "../catalog/catalog";
import type { ISchema } from "../catalog/schema";
import type { IVolume } from "../catalog/volume";
import type { IClusterPolicy } from "../compute/cluster-policy";
import type { ICompute } from "../compute/compute";
import type { IWarehouse } from "../compute/warehouse";
import type { PipelineEnvironment } from "./environment";

/** Properties of a `MedallionPipeline`. */
export interface MedallionPipelineProps {
  /** Document of the pipeline: topics, gold models, settings. */
  readonly document: PipelineDocument;
  /** Environment that it runs in. Things that are given below are left out here. */
  readonly environment: PipelineEnvironment;
  /** Dashboards over gold and ops: as in config/dashboards. @default - none */
  readonly dashboards?: readonly Dashboard[];
  /** Name of a developer whose own copy this is: it goes into names; the landing volume is shared. Development only. @default - the shared copy */
  readonly developer?: string;
  /** A catalog to use; it is never changed nor granted on. @default - the one that `environment.catalog` names or creates */
  readonly catalog?: ICatalog;
  /** Schemas to use, by layer: of another pipeline, or existing ones. They are never changed nor granted on. @default - made, with the names in `environment.schemas` */
  readonly schemas?: Partial<Readonly<Record<Layer, ISchema>>>;
  /** A volume in which files arrive; it is never changed nor granted on. @default - `environment.landing` */
  readonly landing?: IVolume;
  /** A SQL warehouse for alerts, dashboards and, where it is known to be serverless, the registry table; it is never granted on. @default - `environment.warehouse` */
  readonly warehouse?: IWarehouse;
  /** Compute that the job runs on. The identity of the pipeline must be allowed to use it, and its policy. @default - `environment.compute` */
  readonly compute?: ICompute;
  /** The policy of the cluster that is made here. @default - `environment.compute.policy` */
  readonly clusterPolicy?: IClusterPolicy;
  /** Folder in the workspace for code. @default - medallion/<pipeline>/<environment> in the service principal's home, or in /Shared */
  readonly folder?: string;
  /** File of the wheel. @default - the one that `npm run build` made */
  readonly wheel?: string;
  /** Folder of the notebook templates. @default - the ones of this package */
  readonly templates?: string;
}
