import { Annotations, type ITerraformDependable, TerraformOutput, Token } from "cdktf";
import { Construct } from "constructs";
import {
  type Dashboard,
  defineEnvironment,
  type EnvironmentConfig,
  type EnvironmentInput,
  isPrivateFolder,
  type Layer,
  METASTORE_STORAGE,
  type PipelineDocument,
  PRIVATE_FOLDER_RULE,
} from "../spec";
import { Catalog, type ICatalog } from "./catalog/catalog";
import { ExternalStorage } from "./catalog/external-storage";
import { Grants } from "./catalog/grants";
import { RegistryTable } from "./catalog/registry-table";
import { type Roles, roleGrants } from "./catalog/roles";
import { type ISchema, Schema } from "./catalog/schema";
import { SecretScope } from "./catalog/secret-scope";
import { ServiceCredential } from "./catalog/service-credential";
import { type IVolume, Volume } from "./catalog/volume";
import { CLOUDS } from "./clouds/clouds";
import { PipelineCode } from "./code/pipeline-code";
import { ClusterPolicy, type IClusterPolicy } from "./compute/cluster-policy";
import type { ICompute } from "./compute/compute";
import { ExistingCluster } from "./compute/existing-cluster";
import { JobCluster } from "./compute/job-cluster";
import { Serverless } from "./compute/serverless";
import { type IWarehouse, Warehouse } from "./compute/warehouse";
import { DeclarativeJob } from "./declarative/declarative-job";
import { DeclarativePipeline } from "./declarative/declarative-pipeline";
import { Access } from "./internal/access";
import { ConstructError, check, type Rule } from "./internal/check";
import { literalTexts } from "./internal/literal";
import { MODES, type ModeDefaults } from "./internal/modes";
import { Naming } from "./internal/naming";
import { claim } from "./internal/ownership";
import { Forgotten, importExisting } from "./internal/state";
import { jobParameters } from "./jobs/parameters";
import { PipelineJob } from "./jobs/pipeline-job";
import { NotificationDestinations } from "./observability/notification-destinations";
import { Observability } from "./observability/observability";

export interface MedallionPipelineProps {
  /** What the pipeline does: topics, gold models, settings. */
  readonly document: PipelineDocument;
  /** Where and how it runs: as in config/environments, with the same defaults and the same rules. `backend` is not used: the state is the stack's. */
  readonly environment: EnvironmentInput;
  /** Dashboards over gold and ops: as in config/dashboards. @default - none */
  readonly dashboards?: readonly Dashboard[];
  /** Name of a developer whose own copy this is: it goes into names; the landing volume is shared. Development only. @default - the shared copy */
  readonly developer?: string;
  /** A catalog to use instead of the environment's; it is never changed nor granted on. @default - the environment's */
  readonly catalog?: ICatalog;
  /** Schemas to use instead of making them, by layer: of another pipeline, or such that exist already. They are never changed nor granted on. @default - the environment's */
  readonly schemas?: Partial<Readonly<Record<Layer, ISchema>>>;
  /** A volume in which files arrive, to use instead of making one; it is never changed nor granted on. @default - the environment's */
  readonly landing?: IVolume;
  /** A cluster policy to keep instead of the environment's. @default - the environment's */
  readonly clusterPolicy?: IClusterPolicy;
  /** Folder in the workspace for code. @default - medallion/<pipeline>/<environment> in the service principal's home, or in /Shared */
  readonly folder?: string;
  /** File of the wheel. @default - the one that `npm run build` made */
  readonly wheel?: string;
  /** Folder of the notebook templates. @default - the ones of this package */
  readonly templates?: string;
}

/** The props with every default of the environment filled in. */
type Settled = MedallionPipelineProps & { readonly environment: EnvironmentConfig };

const RULES: readonly Rule<MedallionPipelineProps>[] = [
  [
    (p) => p.developer !== undefined && !/^[a-z][a-z0-9_]{0,19}$/.test(p.developer),
    (p) => `developer "${p.developer}": lower case letters, digits and _, a letter first, at most 20 characters`,
  ],
  [
    (p) => p.developer !== undefined && p.environment.mode === "production",
    (p) =>
      `developer "${p.developer}": ${p.environment.name} is a production environment; names of persons belong to development`,
  ],
  [
    (p) => p.developer !== undefined && Object.keys(p.schemas ?? {}).length > 0,
    (p) => `developer "${p.developer}" has schemas of their own; schemas would be shared: give one or the other`,
  ],
  [
    (p) => Object.values(p.schemas ?? {}).some(({ catalog }) => catalog.name !== catalogOf(p)),
    (p) =>
      `schemas ${Object.values(p.schemas ?? {})
        .map(({ fullName }) => `"${fullName}"`)
        .join(", ")}: all four lie in one catalog, which is "${catalogOf(p)}"`,
  ],
  [
    (p) => importedAndGiven(p).length > 0,
    (p) =>
      `environment.import names ${importedAndGiven(p).join(", ")}, given as a prop: it is imported where it is declared`,
  ],
  [
    (p) => p.environment.mode === "production" && p.folder !== undefined && !isPrivateFolder(p.folder),
    (p) => `folder "${p.folder}": ${PRIVATE_FOLDER_RULE}`,
  ],
];

function catalogOf({ catalog, environment }: MedallionPipelineProps): string {
  return catalog?.name ?? environment.catalog.name;
}

/** What `environment.import` would import although it was given and belongs to somebody else. */
function importedAndGiven({
  environment: { import: wanted },
  catalog,
  schemas,
  landing,
}: MedallionPipelineProps): string[] {
  return [
    ...(wanted?.catalog && catalog !== undefined ? ["the catalog"] : []),
    ...(wanted?.schemas ?? []).filter((layer) => schemas?.[layer] !== undefined).map((layer) => `the schema ${layer}`),
    ...(wanted?.volumes?.includes("landing") && landing !== undefined ? ["the volume landing"] : []),
  ];
}

function noStorageRoot(catalog: string): string {
  return (
    `catalog ${catalog} is created without storageRoot: where the metastore has no storage of its own, and in accounts with default storage, the first apply is answered 400 (Metastore storage root URL does not exist). ` +
    `Set catalog.storageRoot to a folder of an external location; or storageRoot: ${METASTORE_STORAGE} where the metastore has storage; or make the catalog in the workspace and leave create out.`
  );
}

const LAYER_COMMENTS: Record<Layer, string> = {
  bronze: "Raw records as they came, and what was quarantined. May hold personal data.",
  silver: "Typed records, one table per topic.",
  gold: "Business metrics.",
  ops: "Schema registry, run log, drift and quality of the pipeline.",
};

/** A streaming medallion pipeline with everything that it needs in a workspace. */
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

  /** Who may use which credential: before the job, as it needs them. */
  private readonly credentials: readonly ITerraformDependable[];
  private readonly props: Settled;
  private readonly defaults: ModeDefaults;
  private readonly naming: Naming;

  constructor(scope: Construct, id: string, props: MedallionPipelineProps) {
    super(scope, id);
    check(this, props, RULES);
    literalTexts(this);
    this.props = { ...props, environment: settle(this, props) };
    this.defaults = MODES[this.props.environment.mode];
    this.naming = new Naming(this.props);
    if (props.folder === undefined && Token.isUnresolved(this.naming.folder))
      throw new ConstructError(this.node.path, [
        "folder: missing; without it code lies in the home of who it runs as, and Terraform knows that name only when it is applied: give a folder such as /Users/<application id>/shop",
      ]);
    this.catalog = this.makeCatalog();
    this.schemas = this.makeSchemas();
    this.claimTables();
    this.landing = this.makeLanding();
    this.checkpoints = new Volume(this, "Checkpoints", {
      schema: this.schemas.ops,
      name: "checkpoints",
      comment: "Checkpoints of the streams. Deleting them makes the pipeline read everything again.",
      owner: this.props.environment.owner,
      protect: this.defaults.protect,
    });
    this.grants = this.makeGrants();
    this.credentials = this.makeCredentials();
    this.warehouse = this.makeWarehouse();
    this.registry = this.makeRegistry();
    this.destinations = this.makeDestinations();
    this.compute = this.makeCompute();
    this.code = this.makeCode();
    this.declarative = this.makeDeclarative();
    this.job = this.makeJob(this.declarative);
    this.makeAccess();
    this.observability = new Observability(this, "Observability", {
      name: this.naming.resource,
      environment: { ...this.props.environment, notifications: this.notifications },
      dashboards: props.dashboards ?? [],
      schemas: this.schemas,
      warehouse: this.warehouse,
      folder: this.code.folder,
      jobUrl: this.job.resource.url,
      paused: this.defaults.paused,
      after: this.grants.resources,
    });
    this.importExisting();
    new TerraformOutput(this, "JobUrl", {
      value: this.job.resource.url,
      description: "Where the job is seen and started.",
    });
  }

  private makeCatalog(): ICatalog {
    const { catalog, import: imported } = this.props.environment;
    if (this.props.catalog !== undefined) return this.props.catalog;
    // A developer's copy lives in the catalog of the shared one.
    if (!catalog.create || this.props.developer !== undefined) return Catalog.fromName(catalog.name);
    if (catalog.storageRoot === undefined && !imported.catalog)
      Annotations.of(this).addWarning(noStorageRoot(catalog.name));
    return new Catalog(this, "Catalog", {
      name: catalog.name,
      storageRoot: catalog.storageRoot === METASTORE_STORAGE ? undefined : catalog.storageRoot,
      owner: this.props.environment.owner,
      isolation: catalog.isolation === "isolated" ? "ISOLATED" : "OPEN",
      workspaces: catalog.workspaces,
      comment: `Catalog of the ${this.props.document.name} pipeline, ${this.props.environment.name}.`,
      properties: { ...this.naming.tags },
      protect: this.defaults.protect,
      forceDestroy: this.defaults.forceDestroy,
    });
  }

  private makeSchemas(): Record<Layer, ISchema> {
    const make = (layer: Layer) =>
      this.props.schemas?.[layer] ??
      new Schema(this, `Schema-${layer}`, {
        catalog: this.catalog,
        name: this.naming.schema(layer),
        comment: LAYER_COMMENTS[layer],
        owner: this.props.environment.owner,
        properties: { ...this.naming.tags, layer },
        protect: this.defaults.protect,
        forceDestroy: this.defaults.forceDestroy,
      });
    return { bronze: make("bronze"), silver: make("silver"), gold: make("gold"), ops: make("ops") };
  }

  /** A table has one pipeline that writes it. Tables are no resources, so nobody else would notice. */
  private claimTables(): void {
    const { topics, gold } = this.props.document;
    const remedy = "give one of the two pipelines schemas of its own, or its topics and models other names";
    const claimAll = (layer: Layer, names: readonly { readonly name: string }[]) => {
      for (const { name } of names) claim(this, "table", `${this.schemas[layer].fullName}.${name}`, remedy);
    };
    claimAll("bronze", topics);
    claimAll("silver", topics);
    claimAll("gold", gold);
  }

  private makeLanding(): IVolume {
    const { landing, schemas } = this.props.environment;
    if (this.props.landing !== undefined) return this.props.landing;
    if (landing !== undefined && "volume" in landing) return Volume.fromName(landing.volume);
    // Developers read what lands in the shared copy.
    if (this.props.developer !== undefined) return Volume.fromName(`${this.catalog.name}.${schemas.bronze}.landing`);
    const comment = "Where files arrive: one folder per topic.";
    const storage =
      landing === undefined
        ? undefined
        : new ExternalStorage(this, "LandingStorage", {
            ...landing.external,
            name: `${this.naming.resource}-landing`,
            comment,
          });
    return new Volume(this, "Landing", {
      schema: this.schemas.bronze,
      name: "landing",
      storageLocation: storage?.resource.url,
      comment,
      owner: this.props.environment.owner,
      protect: this.defaults.protect,
    });
  }

  private makeGrants(): Grants {
    const { roles } = this.props.environment;
    const service = this.services;
    const given = this.props;
    // What was given belongs to somebody else's grants, also where it is made in this stack.
    const targets = {
      catalog: given.catalog === undefined ? this.catalog : Catalog.fromName(this.catalog.name),
      schemas: mapLayers((layer) =>
        given.schemas?.[layer] === undefined ? this.schemas[layer] : Schema.fromName(this.schemas[layer].fullName),
      ),
      landing: given.landing === undefined ? this.landing : Volume.fromName(this.landing.fullName),
      checkpoints: this.checkpoints,
    };
    return new Grants(this, "Grants", {
      grants: roleGrants({ ...roles, service } satisfies Roles, targets, {
        engineersWrite: this.defaults.engineersWrite,
        declarative: this.props.environment.engine === "declarative",
      }),
    });
  }

  /** Secret scopes and service credentials that are made here, readable by who the pipeline runs as. */
  private makeCredentials(): ITerraformDependable[] {
    const { secretScopes, serviceCredentials } = this.props.environment;
    const scopes = Object.entries(secretScopes)
      .filter(([, how]) => how === "create")
      .map(([name]) => new SecretScope(this, `SecretScope-${name}`, { name, readers: this.services }));
    const credentials = Object.entries(serviceCredentials).flatMap(([name, identity]) =>
      "existing" in identity
        ? []
        : [new ServiceCredential(this, `Credential-${name}`, { name, identity, principals: this.services })],
    );
    return [...scopes.flatMap(({ readers }) => readers), ...credentials.flatMap(({ grants }) => grants)];
  }

  /** Who the pipeline runs as. */
  private get services(): string[] {
    return [...this.props.environment.roles.service, ...this.runsAs];
  }

  /** The service principal that it runs as, which is one whatever its id looks like before it is known. */
  private get runsAs(): string[] {
    const { runAs } = this.props.environment;
    return runAs === undefined ? [] : [runAs.servicePrincipal];
  }

  /** What exists already and belongs to this stack from now on. */
  private importExisting(): void {
    const { import: imported, catalog } = this.props.environment;
    if (imported.catalog) importExisting(this.catalog.resource, catalog.name);
    for (const layer of imported.schemas) importExisting(this.schemas[layer].resource, this.schemas[layer].fullName);
    for (const name of imported.volumes) importExisting(this[name].resource, this[name].fullName);
    if (imported.registry) importExisting(this.registry?.resource, `${this.schemas.ops.fullName}.schema_registry`);
    if (imported.job !== undefined) importExisting(this.job.resource, imported.job);
  }

  private makeWarehouse(): IWarehouse | undefined {
    const { warehouse } = this.props.environment;
    if (warehouse === "none") return undefined;
    if ("id" in warehouse) return Warehouse.fromId(warehouse.id);
    const { create: _create, ...props } = warehouse;
    return new Warehouse(this, "Warehouse", { ...props, name: this.naming.resource, tags: this.naming.tags });
  }

  /** Only where the warehouse answers at once; elsewhere the job makes the table, and one that was declared before stays. */
  private makeRegistry(): RegistryTable | undefined {
    const { warehouse } = this;
    if (warehouse?.serverless !== true) {
      new Forgotten(new Construct(this, "Registry"), "Resource", "databricks_sql_table");
      return undefined;
    }
    return new RegistryTable(this, "Registry", {
      schema: this.schemas.ops,
      warehouse,
      owner: this.props.environment.owner,
      protect: this.defaults.protect,
    });
  }

  private makeDestinations(): NotificationDestinations | undefined {
    const { destinations } = this.props.environment.notifications;
    if (Object.keys(destinations).length === 0) return undefined;
    return new NotificationDestinations(this, "Destinations", { name: this.naming.resource, destinations });
  }

  /** Who is told; destinations that are made here are told like those that are there already. */
  private get notifications(): EnvironmentConfig["notifications"] {
    const { notifications } = this.props.environment;
    return { ...notifications, webhooks: [...notifications.webhooks, ...(this.destinations?.ids ?? [])] };
  }

  private makeCompute(): ICompute {
    const { compute, cloud } = this.props.environment;
    if (compute.kind === "serverless") return new Serverless(compute);
    if (compute.kind === "existing_cluster") return new ExistingCluster(compute.clusterId);
    const { policy, kind: _kind, ...cluster } = compute;
    return new JobCluster(this, "Cluster", {
      ...cluster,
      cloud: CLOUDS[cloud],
      tags: this.naming.tags,
      policy: this.policyFor(policy),
    });
  }

  private policyFor(
    policy: "create" | "none" | { readonly id: string },
  ): IClusterPolicy | { readonly name: string } | undefined {
    if (this.props.clusterPolicy !== undefined) return this.props.clusterPolicy;
    if (policy === "none") return undefined;
    return policy === "create" ? { name: this.naming.resource } : ClusterPolicy.fromId(policy.id);
  }

  private makeCode(): PipelineCode {
    const { document, wheel, templates } = this.props;
    const { catalog, landing, checkpoints } = this;
    const schemas = mapLayers((layer) => this.schemas[layer].name);
    return new PipelineCode(this, "Code", {
      document,
      wheel,
      templates,
      folder: this.props.folder ?? this.naming.folder,
      levels: this.codeLevels,
      servicePrincipals: this.runsAs,
      engine: this.props.environment.engine,
      pip: this.compute.kind === "serverless",
      defaults: (places) =>
        jobParameters({
          ...places,
          catalog: catalog.name,
          schemas,
          landing: landing.path,
          checkpoints: checkpoints.path,
          fileSource: this.props.environment.fileSource,
          owner: this.props.environment.owner,
        }),
    });
  }

  /** Who may do what with the code: who it runs as manages it; nobody but who deploys it writes what runs as somebody else. */
  private get codeLevels(): Record<string, "CAN_READ" | "CAN_MANAGE"> {
    const { runAs, roles } = this.props.environment;
    const readers = [...roles.engineer, ...roles.operator, ...roles.service];
    return {
      ...Object.fromEntries(readers.map((principal) => [principal, "CAN_READ" as const])),
      ...(runAs === undefined ? {} : { [runAs.servicePrincipal]: "CAN_MANAGE" as const }),
    };
  }

  /** Places as references, so that what is made comes first. */
  private get parameters(): Record<string, string> {
    return jobParameters({
      catalog: this.catalog.reference,
      schemas: mapLayers((layer) => this.schemas[layer].reference),
      landing: this.landing.pathReference,
      checkpoints: this.checkpoints.pathReference,
      fileSource: this.props.environment.fileSource,
      owner: this.props.environment.owner,
      document: this.code.documentPath,
      wheel: this.code.wheelPath,
      libraryHash: this.code.libraryHash,
    });
  }

  private makeDeclarative(): DeclarativePipeline | undefined {
    const { environment, document } = this.props;
    if (environment.engine !== "declarative") return undefined;
    return new DeclarativePipeline(this, "Declarative", {
      ...environment.declarative,
      name: this.naming.resource,
      document,
      code: this.code,
      compute: this.compute,
      schemas: this.schemas,
      parameters: this.parameters,
      development: environment.mode === "development",
      emails: environment.notifications.onFailure,
      runAs: environment.runAs?.servicePrincipal,
      protect: this.defaults.protect,
      tags: this.naming.tags,
      after: this.grants.resources,
    });
  }

  private makeJob(pipeline: DeclarativePipeline | undefined): PipelineJob | DeclarativeJob {
    const { environment, document } = this.props;
    const { job } = environment;
    const common = {
      ...job,
      name: this.naming.resource,
      document,
      code: this.code,
      compute: this.compute,
      parameters: this.parameters,
      landingUrl: `/Volumes/${this.landing.pathReference}`,
      paused: job.paused ?? this.defaults.paused,
      runAs: environment.runAs?.servicePrincipal,
      lockUi: this.defaults.lockUi,
      notifications: this.notifications,
      tags: { ...this.naming.tags, library: this.code.libraryHash },
      after: [
        ...this.grants.resources,
        ...this.credentials,
        ...(this.registry === undefined ? [] : [this.registry.resource]),
        ...(this.code.folder.access === undefined ? [] : [this.code.folder.access.resource]),
      ],
    };
    if (pipeline !== undefined) {
      const {
        layout: _layout,
        taskType: _type,
        topicsPerTask: _group,
        shards: _shards,
        loop: _loop,
        ...props
      } = common;
      return new DeclarativeJob(this, "Job", { ...props, pipeline });
    }
    return new PipelineJob(this, "Job", {
      ...common,
      concurrentTasks: environment.preset === "free" ? 5 : undefined,
    });
  }

  /** Who may see and start the job, and that who it runs as may use the policy of its cluster. */
  private makeAccess(): void {
    const { roles, runAs, mode } = this.props.environment;
    const levels = Object.fromEntries([
      ...roles.engineer.map((principal) => [principal, mode === "development" ? "CAN_MANAGE" : "CAN_VIEW"]),
      ...roles.operator.map((principal) => [principal, "CAN_MANAGE_RUN"]),
    ]);
    if (Object.keys(levels).length > 0)
      new Access(this, "JobAccess", { object: { jobId: this.job.resource.id }, levels });
    if (this.declarative !== undefined && Object.keys(levels).length > 0) {
      const object = { pipelineId: this.declarative.resource.id };
      // Who may start the job may start the pipeline; the word for it is another.
      const renamed = Object.entries(levels).map(([who, level]) => [
        who,
        level === "CAN_MANAGE_RUN" ? "CAN_RUN" : level,
      ]);
      new Access(this, "DeclarativeAccess", { object, levels: Object.fromEntries(renamed) });
    }
    // A shard is started by the main job, as whom that runs.
    const shardLevels = runAs === undefined ? levels : { ...levels, [runAs.servicePrincipal]: "CAN_MANAGE_RUN" };
    if (Object.keys(shardLevels).length > 0) {
      for (const [at, shard] of this.job.shards.entries())
        new Access(this, `ShardAccess-${at + 1}`, {
          object: { jobId: shard.id },
          levels: shardLevels,
          servicePrincipals: this.runsAs,
        });
    }
    const policy = this.compute instanceof JobCluster ? this.compute.policy : undefined;
    if (policy instanceof ClusterPolicy && runAs !== undefined) {
      new Access(this, "PolicyAccess", {
        object: { clusterPolicyId: policy.id },
        levels: { [runAs.servicePrincipal]: "CAN_USE" },
        servicePrincipals: this.runsAs,
      });
    }
  }
}

function mapLayers<T>(value: (layer: Layer) => T): Record<Layer, T> {
  return { bronze: value("bronze"), silver: value("silver"), gold: value("gold"), ops: value("ops") };
}

/** The environment with its defaults; whoever composes without config files gets the same faults as who writes them. */
function settle(scope: Construct, { environment, document }: MedallionPipelineProps): EnvironmentConfig {
  const { value, faults } = defineEnvironment(environment, document);
  if (value !== undefined) return value;
  throw new ConstructError(
    scope.node.path,
    faults.map((fault) => `environment.${fault}`),
  );
}
