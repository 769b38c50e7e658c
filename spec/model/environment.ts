import { z } from "zod";
import type { EnvironmentConfig } from "../generated/config-types";
import { FILE_SOURCES, PARAMETERS } from "../vocabulary";
import { computeConfig } from "./compute";
import { landingConfig, serviceCredential } from "./credential";
import { destinationConfig } from "./destination";
import { importConfig } from "./import";
import { jobConfig } from "./job";
import { name, tags, text } from "./names";

/** Layers of a pipeline, each a schema. */
export const LAYERS = ["bronze", "silver", "gold", "ops"] as const;
/** Layer of a pipeline. */
export type Layer = (typeof LAYERS)[number];

const principals = z.array(text).default([]);

const workspace = z.strictObject({
  host: z
    .string()
    .regex(/^https:\/\/[^\s/]+\/?$/, "https://… address of the workspace")
    .optional()
    .describe("Address of the workspace. Default: DATABRICKS_HOST or the profile's."),
  profile: text
    .optional()
    .describe("Profile in ~/.databrickscfg. Default: unified authentication from the environment."),
  root: z
    .string()
    .regex(
      /^\/(Shared|Users|Repos)(\/[\w@.-]+)*$/,
      "a folder below /Shared or /Users, without spaces and without /Workspace",
    )
    .optional()
    .describe(
      "Folder that the code is put below; in production, in the home of a service principal. Default: the home of runAs, or /Shared.",
    ),
});

/** Stands for the storage of the metastore, where a catalog is made without one of its own. */
export const METASTORE_STORAGE = "metastore";

const catalog = z.strictObject({
  name: name.describe("Name of the catalog."),
  create: z
    .boolean()
    .default(false)
    .describe("true: the stack creates it. false: it exists, and is used without changes."),
  storageRoot: text
    .optional()
    .describe(
      "Storage of a created catalog: a folder of an external location, or `metastore`. Default: `metastore`, with a warning, since many metastores have none.",
    ),
  isolation: z
    .enum(["open", "isolated"])
    .optional()
    .describe("isolated: only this workspace and those below see a created catalog. Default: open."),
  workspaces: z
    .array(
      z.strictObject({
        id: z.number().int().positive().describe("Number of the workspace."),
        readOnly: z.boolean().default(true).describe("true: it may only read."),
      }),
    )
    .default([])
    .describe("Other workspaces that see an isolated catalog; the one that is deployed to sees it anyway."),
});

const schemas = z.strictObject({
  bronze: name.default("bronze").describe("Schema of the raw tables and the landing volume."),
  silver: name.default("silver").describe("Schema of the typed tables."),
  gold: name.default("gold").describe("Schema of the business tables."),
  ops: name.default("ops").describe("Schema of the registry, the run log and checkpoints."),
});

/** Types of a SQL warehouse. */
export const WAREHOUSE_TYPES = ["serverless", "pro", "classic"] as const;
/** Sizes of a SQL warehouse. */
export const WAREHOUSE_SIZES = [
  "2X-Small",
  "X-Small",
  "Small",
  "Medium",
  "Large",
  "X-Large",
  "2X-Large",
  "3X-Large",
  "4X-Large",
] as const;

/** Minutes after which a warehouse of a type may stop at the earliest. */
export function leastAutoStop(type: (typeof WAREHOUSE_TYPES)[number] = "serverless"): number {
  return type === "serverless" ? 1 : 10;
}

const warehouse = z.union([
  z.literal("none"),
  z.strictObject({ id: text.describe("Use the existing SQL warehouse with this id.") }),
  z.strictObject({
    create: z.literal(true).describe("Create a SQL warehouse."),
    type: z
      .enum(WAREHOUSE_TYPES)
      .optional()
      .describe(
        "serverless starts within seconds. pro, classic: on machines in your account, which start within minutes. Default: serverless.",
      ),
    size: z.enum(WAREHOUSE_SIZES).optional().describe("Size of the warehouse. Default: 2X-Small."),
    autoStopMinutes: z
      .number()
      .int()
      .positive()
      .optional()
      .describe(
        "Minutes without a query after which the warehouse stops; at least 10 for pro and classic. Default: 10.",
      ),
  }),
]);

/** Definition of `backend` in an environment. */
export const backendConfig = z.union([
  z.strictObject({
    local: z
      .strictObject({ path: text.optional().describe("State file. Default: beside the synthesized stack.") })
      .describe("State on this machine: for trials only."),
  }),
  z.strictObject({
    s3: z
      .strictObject({
        bucket: text.describe("Bucket."),
        region: text.describe("Region of the bucket."),
        key: text.optional().describe("Object. Default: by pipeline and stack."),
      })
      .describe("State in S3, with a lock file."),
  }),
  z.strictObject({
    azurerm: z
      .strictObject({
        resourceGroupName: text.describe("Resource group of the storage account."),
        storageAccountName: text.describe("Storage account."),
        containerName: text.describe("Container."),
        key: text.optional().describe("Blob. Default: by pipeline and stack."),
      })
      .describe("State in Azure Blob Storage."),
  }),
  z.strictObject({
    gcs: z
      .strictObject({
        bucket: text.describe("Bucket."),
        prefix: text.optional().describe("Folder. Default: by pipeline and stack."),
      })
      .describe("State in Google Cloud Storage."),
  }),
]);
/** Storage of the state of Terraform, as it is read. */
export type BackendConfig = EnvironmentConfig["backend"];

const roles = z.strictObject({
  reader: principals.describe("May read silver and gold."),
  engineer: principals.describe("May read all layers and write in development."),
  operator: principals.describe("May run the job and read ops and gold, which dashboards show."),
  service: principals.describe("Runs the pipeline: may write all layers."),
});

const notifications = z.strictObject({
  onFailure: z.array(text).default([]).describe("E-mail addresses notified when a run fails or an alert is raised."),
  onSuccess: z.array(text).default([]).describe("E-mail addresses notified when a run succeeds."),
  webhooks: z
    .array(text)
    .default([])
    .describe("Ids of notification destinations notified when a run fails or an alert is raised."),
  destinations: z
    .record(name, destinationConfig)
    .default({})
    .describe(
      "Notification destinations that the stack creates, by name, notified like webhooks: `email`, `slack`, `pagerDuty` or `webhook`. A secret is the value of a Terraform variable, which Terraform keeps in its state.",
    ),
});

const observability = z.strictObject({
  dashboards: z
    .boolean()
    .optional()
    .describe("Deploy the dashboards of config/dashboards. Default: true where there is a warehouse."),
  alerts: z
    .boolean()
    .optional()
    .describe(
      "Deploy alerts for drift, quality, freshness and failed runs. Default: true in production where there is a warehouse.",
    ),
  checkMinutes: z
    .literal([5, 10, 15, 30, 60, 120, 240, 360, 720, 1440])
    .default(60)
    .describe("Minutes between two evaluations of alerts; each starts the warehouse, which is the cost of alerts."),
  freshnessHours: z
    .number()
    .int()
    .positive()
    .default(26)
    .describe("The freshness alert is raised after this many hours without a successful run."),
});

const declarative = z.strictObject({
  channel: z
    .enum(["CURRENT", "PREVIEW"])
    .default("CURRENT")
    .describe("Runtime of the pipeline: the current one, or the next one for a trial."),
});

/** One file of config/environments; its stack has the same name. */
export const environmentConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, "lower case letters, digits and -, a letter first, at most 41 characters")
    .describe("Name of the environment and its stack; also the file's name."),
  description: text.optional().describe("Purpose of the environment; part of the description of the job."),
  cloud: z.enum(["aws", "azure", "gcp"]).describe("Cloud that the workspace is on."),
  mode: z
    .enum(["development", "production"])
    .describe(
      "development: may be destroyed, triggers paused. production: protects its data, runs as a service principal.",
    ),
  preset: z.literal("free").optional().describe("free: enforces the limits of Databricks Free Edition."),
  workspace: workspace.prefault({}).describe("Workspace to deploy to; never credentials."),
  catalog: catalog.describe("The Unity Catalog catalog."),
  schemas: schemas.prefault({}).describe("Names of the four schemas."),
  landing: landingConfig
    .optional()
    .describe("Landing volume. Default: a managed volume `landing` in the bronze schema."),
  fileSource: z
    .enum(FILE_SOURCES)
    .default(PARAMETERS.file_source)
    .describe(
      "Finder of new files. ledger: the pipeline lists the folder; it sees changed files and copies. cloudFiles: Auto Loader, for folders of very many files; it ingests each file name once and has no onChanged, duplicateContent and settleSeconds.",
    ),
  warehouse: warehouse
    .default("none")
    .describe(
      "SQL warehouse for alerts and dashboards; a serverless one that the stack creates also creates the registry table, otherwise the job does.",
    ),
  compute: computeConfig.describe("Compute that the job runs on."),
  engine: z
    .enum(["job", "declarative"])
    .default("job")
    .describe(
      "Engine that computes silver and gold. job: the tasks of the job. declarative: a Lakeflow pipeline that the job starts; append and upsert only.",
    ),
  declarative: declarative.optional().describe("The pipeline; engine: declarative only."),
  job: jobConfig.prefault({}).describe("The job."),
  backend: backendConfig.default({ local: {} }).describe("Storage of Terraform's state: exactly one of these keys."),
  runAs: z
    .strictObject({ servicePrincipal: text.describe("Application id of the service principal.") })
    .optional()
    .describe("Identity that the job runs as. Default: the deploying identity."),
  secretScopes: z
    .record(text, z.enum(["existing", "create"]))
    .default({})
    .describe("Secret scopes that topics name: `existing`, or `create` (its secrets are added by hand)."),
  serviceCredentials: z
    .record(text, serviceCredential)
    .default({})
    .describe(
      "Service credentials that topics name: `{ existing: true }`, or made for one identity: `{ roleArn }`, `{ accessConnectorId }` or `{ databricksServiceAccount: true }`.",
    ),
  owner: text
    .optional()
    .describe(
      "Group that owns the catalog, schemas and volumes that the stack creates, and all tables. The deploying identity and `runAs` are members of it. Default: the creator of each.",
    ),
  import: importConfig
    .prefault({})
    .describe("Existing resources that this stack manages from now on: Terraform imports them into its state."),
  roles: roles.prefault({}).describe("Role: users, groups or service principals that have it."),
  tags: tags.describe("Tags of everything that can have tags."),
  notifications: notifications.prefault({}).describe("Recipients of messages from the job and from alerts."),
  observability: observability.prefault({}).describe("Dashboards and alerts; both need a warehouse."),
});
export type { EnvironmentConfig };
/** Cloud of a workspace. */
export type Cloud = EnvironmentConfig["cloud"];
