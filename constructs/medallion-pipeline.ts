import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import type { Layer } from "../spec";
import type { ICatalog } from "./catalog/catalog";
import type { Grants } from "./catalog/grants";
import type { RegistryTable } from "./catalog/registry-table";
import type { ISchema } from "./catalog/schema";
import type { IVolume, Volume } from "./catalog/volume";
import type { PipelineCode } from "./code/pipeline-code";
import type { ICompute } from "./compute/compute";
import { type IWarehouse, Warehouse } from "./compute/warehouse";
import type { DeclarativeJob } from "./declarative/declarative-job";
import type { DeclarativePipeline } from "./declarative/declarative-pipeline";
import { literalTexts } from "./internal/literal";
import { importExisting } from "./internal/state";
import type { PipelineJob } from "./jobs/pipeline-job";
import { NotificationDestinations } from "./observability/notification-destinations";
import { Observability } from "./observability/observability";
import { makeCompute, makeRegistry, makeWarehouse } from "./pipeline/compute";
import { makeContainers } from "./pipeline/containers";
import { makeCredentials, makeGrants, makePermissions } from "./pipeline/permissions";
import type { MedallionPipelineProps } from "./pipeline/props";
import { makeCode, makeRun } from "./pipeline/run";
import { type Settings, settingsOf } from "./pipeline/settings";

/**
 * A streaming medallion pipeline with everything that it needs in a workspace.
 *
 * @example
 * new MedallionPipeline(this, "Shop", {
 *   document: defineDocument({
 *     name: "shop",
 *     topics: { orders: { source: { files: "orders" }, silver: { mode: "upsert", keys: ["order_id"] } } },
 *   }),
 *   environment: {
 *     name: "dev",
 *     cloud: "aws",
 *     mode: "development",
 *     catalog: { name: "sales" },
 *     compute: { kind: "serverless" },
 *   },
 * });
 */
export class MedallionPipeline extends Construct {
  readonly catalog: ICatalog;
  readonly schemas: Readonly<Record<Layer, ISchema>>;
  readonly landing: IVolume;
  readonly checkpoints: Volume;
  readonly warehouse?: IWarehouse;
  readonly registry?: RegistryTable;
  readonly grants: Grants;
  readonly compute: ICompute;
  readonly code: PipelineCode;
  readonly job: PipelineJob | DeclarativeJob;
  /** The Lakeflow pipeline of `engine: declarative`. */
  readonly declarative?: DeclarativePipeline;
  readonly observability: Observability;
  /** Not there where the environment names none. */
  readonly destinations?: NotificationDestinations;

  constructor(scope: Construct, id: string, props: MedallionPipelineProps) {
    super(scope, id);
    literalTexts(this);
    const settings = settingsOf(this, props);
    const { environment, naming, defaults, given } = settings;

    const containers = makeContainers(this, settings);
    this.catalog = containers.catalog;
    this.schemas = containers.schemas;
    this.landing = containers.landing;
    this.checkpoints = containers.checkpoints;
    this.grants = makeGrants(this, settings, containers);
    const credentials = makeCredentials(this, settings);

    this.warehouse = makeWarehouse(this, settings);
    this.registry = makeRegistry(this, settings, { schema: this.schemas.ops, warehouse: this.warehouse });
    this.destinations = makeDestinations(this, settings);
    const { webhooks } = environment.notifications;
    const notifications = { ...environment.notifications, webhooks: [...webhooks, ...(this.destinations?.ids ?? [])] };

    this.compute = makeCompute(this, settings);
    this.code = makeCode(this, settings, containers, this.compute);
    const { job, declarative } = makeRun(this, settings, {
      containers,
      code: this.code,
      compute: this.compute,
      notifications,
      grants: this.grants.resources,
      dependsOn: [
        ...credentials,
        ...(this.registry === undefined ? [] : [this.registry.resource]),
        ...(this.code.folder.permissions === undefined ? [] : [this.code.folder.permissions.resource]),
      ],
    });
    this.job = job;
    this.declarative = declarative;
    makePermissions(this, settings, { job, declarative, compute: this.compute });

    this.observability = new Observability(this, "Observability", {
      name: naming.resource,
      environment: { ...environment, notifications },
      dashboards: given.dashboards ?? [],
      schemas: this.schemas,
      // What was given belongs to who made it: nobody is allowed anything on it here.
      warehouse: given.warehouse === undefined ? this.warehouse : Warehouse.fromId(given.warehouse.id, given.warehouse),
      folder: this.code.folder,
      jobUrl: job.resource.url,
      paused: defaults.paused,
      dependsOn: this.grants.resources,
    });
    this.importExisting(settings);
    new TerraformOutput(this, "JobUrl", {
      value: job.resource.url,
      description: "Page of the job, where it is seen and started.",
    });
  }

  /** Imports the existing objects that belong to this stack from now on. */
  private importExisting({ environment: { import: imported, catalog } }: Settings): void {
    if (imported.catalog) importExisting(this.catalog.resource, catalog.name);
    for (const layer of imported.schemas) importExisting(this.schemas[layer].resource, this.schemas[layer].fullName);
    for (const name of imported.volumes) importExisting(this[name].resource, this[name].fullName);
    if (imported.registry) importExisting(this.registry?.resource, `${this.schemas.ops.fullName}.schema_registry`);
    if (imported.job !== undefined) importExisting(this.job.resource, imported.job);
  }
}

function makeDestinations(scope: Construct, { environment, naming }: Settings): NotificationDestinations | undefined {
  const { destinations } = environment.notifications;
  if (Object.keys(destinations).length === 0) return undefined;
  return new NotificationDestinations(scope, "Destinations", { name: naming.resource, destinations });
}
