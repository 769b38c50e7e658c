import type { Cloud, Layer } from "../../spec";
import type { CatalogProps } from "../catalog/catalog";
import type { ExternalStorageProps } from "../catalog/external-storage";
import type { Identity } from "../clouds/identity";
import type { JobClusterProps } from "../compute/job-cluster";
import type { ServerlessProps } from "../compute/serverless";
import type { WarehouseProps } from "../compute/warehouse";
import type { PipelineJobProps } from "../jobs/props";
import type { NotificationDestinationsProps } from "../observability/notification-destinations";

/** Environment of a pipeline: the keys, the defaults and the rules of config/environments. */
export interface PipelineEnvironment {
  /** Part of the names of the job, the warehouse and others: lower case letters, digits and -. */
  readonly name: string;
  /** Purpose of the environment; stands in the description of the job. @default - nothing is said */
  readonly description?: string;
  /** Cloud that the workspace is on. */
  readonly cloud: Cloud;
  /** development: may be destroyed, triggers are paused. production: protects its data, runs as a service principal. */
  readonly mode: "development" | "production";
  /** free: keeps what Databricks Free Edition allows. @default - no preset */
  readonly preset?: "free";
  /** The workspace; never credentials. @default - as the provider of the stack says */
  readonly workspace?: WorkspaceSettings;
  /** The Unity Catalog catalog. @default - the prop `catalog` of the pipeline; one of the two is needed */
  readonly catalog?: CatalogSettings;
  /** Names of the schemas, by layer. @default - bronze, silver, gold, ops */
  readonly schemas?: Partial<Readonly<Record<Layer, string>>>;
  /** Volume in which files arrive: an existing one by catalog.schema.volume, or an external one on storage of your own. @default - a managed volume `landing` in the bronze schema */
  readonly landing?: { readonly volume: string } | { readonly external: LandingStorageSettings };
  /** Finder of new files. ledger: the pipeline lists the folder. cloudFiles: Auto Loader, for folders of very many files. @default ledger */
  readonly fileSource?: "ledger" | "cloudFiles";
  /** SQL warehouse for alerts and dashboards; one that is created here and serverless makes the registry table too. @default none */
  readonly warehouse?: "none" | { readonly id: string } | WarehouseSettings;
  /** Compute that the job runs on. @default - the prop `compute` of the pipeline; one of the two is needed */
  readonly compute?: ComputeSettings;
  /** Engine that makes silver and gold. job: the tasks of the job. declarative: a Lakeflow pipeline that the job starts; append and upsert only. @default job */
  readonly engine?: "job" | "declarative";
  /** The Lakeflow pipeline; engine declarative only. @default - the current channel */
  readonly declarative?: {
    /** Runtime of the pipeline: the current one, or the next to try it. @default CURRENT */
    readonly channel?: "CURRENT" | "PREVIEW";
  };
  /** The job. @default - started by hand */
  readonly job?: JobSettings;
  /** Identity that the job runs as. @default - who deploys it */
  readonly runAs?: {
    /** Application id of the service principal. */
    readonly servicePrincipal: string;
  };
  /** Secret scopes that topics name: `existing`, or `create` (its secrets are put in by hand). @default - none */
  readonly secretScopes?: Readonly<Record<string, "existing" | "create">>;
  /** Service credentials that topics name: existing ones, or made for one identity. @default - none */
  readonly serviceCredentials?: Readonly<Record<string, { readonly existing: true } | Identity>>;
  /** Group that owns the catalog, schemas and volumes that are made here, and all tables. @default - whoever makes a thing */
  readonly owner?: string;
  /** Existing objects that belong to this stack from now on: Terraform imports them into its state. @default - nothing */
  readonly import?: ImportSettings;
  /** Users, groups and application ids of service principals, by role. @default - nobody */
  readonly roles?: RoleSettings;
  /** Tags of everything that can have tags. @default - those of the pipeline alone */
  readonly tags?: Readonly<Record<string, string>>;
  /** Recipients of notifications by the job and by alerts. @default - nobody */
  readonly notifications?: NotificationSettings;
  /** Dashboards and alerts; both need a warehouse. @default - dashboards where there is a warehouse, alerts there in production */
  readonly observability?: ObservabilitySettings;
}

/** Workspace of an environment. */
export interface WorkspaceSettings {
  /** Address of the workspace. @default - DATABRICKS_HOST or the profile's */
  readonly host?: string;
  /** Profile in ~/.databrickscfg. @default - unified authentication from the environment */
  readonly profile?: string;
  /** Folder that the code is put below. @default - the home of runAs, or /Shared */
  readonly root?: string;
}

/** Catalog of an environment. */
export interface CatalogSettings extends Pick<CatalogProps, "name"> {
  /** true: the stack creates it. false: it exists, and is used as it stands. @default false */
  readonly create?: boolean;
  /** Storage of a created catalog: a folder of an external location, or `metastore`. @default - metastore, with a warning, since many metastores have none */
  readonly storageRoot?: string;
  /** isolated: only this workspace and those in `workspaces` see a created catalog. @default open */
  readonly isolation?: "open" | "isolated";
  /** Other workspaces that see an isolated catalog. @default - none */
  readonly workspaces?: readonly {
    /** Number of the workspace. */
    readonly id: number;
    /** True if it may only read. @default true */
    readonly readOnly?: boolean;
  }[];
}

/** External storage of the landing volume. */
export interface LandingStorageSettings extends Pick<ExternalStorageProps, "url" | "credential"> {
  /** Nobody writes there by way of Databricks. @default true */
  readonly readOnly?: boolean;
}

/** SQL warehouse that the stack creates. */
export interface WarehouseSettings extends Pick<WarehouseProps, "size" | "type" | "autoStopMinutes"> {
  /** The stack makes it. */
  readonly create: true;
}

/** Compute of an environment, by its `kind`. */
export type ComputeSettings = JobClusterSettings | ServerlessSettings | ExistingClusterSettings;

/** Compute of kind `job_cluster`. */
export interface JobClusterSettings
  extends Pick<
    JobClusterProps,
    "nodeType" | "workers" | "spot" | "zone" | "diskGb" | "pool" | "driverPool" | "initScripts" | "sparkConf"
  > {
  /** A cluster that lives as long as the run. */
  readonly kind: "job_cluster";
  /** Databricks Runtime, 17.3 or later. @default 17.3.x-scala2.13 */
  readonly sparkVersion?: string;
  /** Cluster policy: made here, an existing one by id, or none. @default create */
  readonly policy?: "create" | "none" | { readonly id: string };
}

/** Compute of kind `serverless`. */
export interface ServerlessSettings extends ServerlessProps {
  /** Databricks runs the compute; there is nothing to size. */
  readonly kind: "serverless";
}

/** Compute of kind `existing_cluster`. */
export interface ExistingClusterSettings {
  /** An all-purpose cluster that exists already. */
  readonly kind: "existing_cluster";
  /** Id of the cluster. */
  readonly clusterId: string;
}

/** Job of an environment. */
export interface JobSettings
  extends Pick<
    PipelineJobProps,
    "layout" | "taskType" | "topicsPerTask" | "shards" | "retries" | "timeoutMinutes" | "warnAfterMinutes" | "queue"
  > {
  /** Trigger of the job. @default - it is started by hand */
  readonly trigger?: TriggerSettings;
  /** True if the trigger is paused. @default - true in development */
  readonly paused?: boolean;
  /** one_task with a manual trigger only: the run goes on for ever. @default - a run ends when it has read what is there */
  readonly loop?: {
    /** Seconds between two iterations. @default 10 */
    readonly intervalSeconds?: number;
  };
}

/** Trigger of the job: exactly one of these. */
export type TriggerSettings =
  | { readonly manual: true }
  | {
      readonly schedule: {
        /** Quartz cron: seconds minutes hours day-of-month month day-of-week [year]. */
        readonly cron: string;
        /** Time zone of the schedule. @default UTC */
        readonly timeZone?: string;
      };
    }
  | {
      readonly periodic: {
        /** Number of units between two runs, at least 1. */
        readonly interval: number;
        /** Unit of the interval. */
        readonly unit: "HOURS" | "DAYS" | "WEEKS";
      };
    }
  | {
      readonly fileArrival: {
        /** Minimum time between two runs in seconds, at least 60. @default 60 */
        readonly minTimeBetweenTriggersSeconds?: number;
      };
    }
  | {
      readonly tableUpdate: {
        /** Tables, catalog.schema.table. */
        readonly tables: readonly string[];
        /** any: one of them changed. all: every one of them changed. @default any */
        readonly condition?: "any" | "all";
        /** Minimum time between two runs in seconds, at least 60. @default - the platform's */
        readonly minTimeBetweenTriggersSeconds?: number;
      };
    }
  | { readonly continuous: true };

/** Existing objects that the stack imports. */
export interface ImportSettings {
  /** The catalog, with `catalog.create: true`. @default false */
  readonly catalog?: boolean;
  /** Schemas, by layer. @default - none */
  readonly schemas?: readonly Layer[];
  /** Volumes of the pipeline. @default - none */
  readonly volumes?: readonly ("landing" | "checkpoints")[];
  /** The registry table. @default false */
  readonly registry?: boolean;
  /** Id of the job. @default - the job is made */
  readonly job?: string;
}

/** Principals of an environment, by role. */
export interface RoleSettings {
  /** May read silver and gold. @default - nobody */
  readonly reader?: readonly string[];
  /** May read all layers and write in development. @default - nobody */
  readonly engineer?: readonly string[];
  /** May run the job and read ops and gold, which dashboards show. @default - nobody */
  readonly operator?: readonly string[];
  /** Runs the pipeline: may write all layers. @default - only who it runs as */
  readonly service?: readonly string[];
}

/** Recipients of notifications. */
export interface NotificationSettings {
  /** E-mail addresses told when a run fails or an alert is raised. @default - nobody */
  readonly onFailure?: readonly string[];
  /** E-mail addresses told when a run succeeds. @default - nobody */
  readonly onSuccess?: readonly string[];
  /** Ids of notification destinations told when a run fails or an alert is raised. @default - none */
  readonly webhooks?: readonly string[];
  /** Notification destinations that the stack makes, by name, told like webhooks. @default - none */
  readonly destinations?: NotificationDestinationsProps["destinations"];
}

/** Dashboards and alerts of an environment. */
export interface ObservabilitySettings {
  /** Make the dashboards that are given. @default - true where there is a warehouse */
  readonly dashboards?: boolean;
  /** Make alerts for drift, quality, freshness and failed runs. @default - true in production where there is a warehouse */
  readonly alerts?: boolean;
  /** Minutes between two evaluations of the alerts; each wakes the warehouse. @default 60 */
  readonly checkMinutes?: 5 | 10 | 15 | 30 | 60 | 120 | 240 | 360 | 720 | 1440;
  /** Hours without a successful run after which the freshness alert is raised. @default 26 */
  readonly freshnessHours?: number;
}
