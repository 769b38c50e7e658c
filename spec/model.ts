import { z } from "zod";

/** Names of topics and gold models, as they stand in Unity Catalog (lower case only). */
export const NAME = /^[a-z][a-z0-9_]{0,62}$/;
const name = z.string().regex(NAME, "must match ^[a-z][a-z0-9_]{0,62}$");
const secretRef = z.strictObject({ scope: z.string(), key: z.string() });

// ---------------------------------------------------------------- topics

export const kafkaAuth = z.strictObject({
  /** Secrets by reference; or a Unity Catalog service credential, which needs none. */
  username: secretRef.optional(),
  password: secretRef.optional(),
  mechanism: z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]).optional(),
  serviceCredential: z.string().optional(),
  protocol: z.enum(["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"]).default("SASL_SSL"),
});

export const kafkaSource = z.strictObject({
  topic: z.string().min(1),
  bootstrapServers: z.string().min(1),
  startingOffsets: z.string().default("earliest"),
  maxOffsetsPerTrigger: z.number().int().positive().optional(),
  auth: kafkaAuth.optional(),
});

export const topicSource = z.union([z.strictObject({ files: z.string().min(1) }), z.strictObject({ kafka: kafkaSource })]);

export const qualityRule = z.strictObject({
  name,
  expect: z.string().min(1),
  scope: z.enum(["row", "batch"]).default("row"),
  onViolation: z.enum(["warn", "drop", "quarantine", "fail"]).default("warn"),
});

export const topicConfig = z.strictObject({
  description: z.string().optional(),
  source: topicSource,
  format: z.enum(["auto", "json-lines", "json-array"]).default("auto"),
  silver: z.strictObject({
    mode: z.enum(["append", "upsert", "history"]),
    keys: z.array(z.string()).default([]),
    sequenceBy: z.string().optional(),
    rename: z.record(z.string(), z.string()).default({}),
    deleteWhen: z.string().optional(),
  }),
  schema: z
    .strictObject({
      onNewField: z.enum(["add", "rescue", "ignore", "fail"]).default("add"),
      onTypeConflict: z.enum(["promote", "rescue", "quarantine", "fail"]).default("promote"),
      compatibility: z
        .enum(["none", "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive"])
        .default("none"),
      quoted: z.enum(["infer", "keep"]).default("infer"),
      decimalSeparator: z.enum([".", ","]).default("."),
      hints: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  quality: z.array(qualityRule).default([]),
  tags: z.record(z.string(), z.string()).default({}),
});
export type TopicConfig = z.infer<typeof topicConfig>;
export type Topic = TopicConfig & { readonly name: string };

// ---------------------------------------------------------------- gold models

export const goldInput = z.strictObject({
  /** A topic or another gold model. */
  input: name,
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })).min(1),
});
export const goldModel = z.strictObject({
  name,
  description: z.string().default(""),
  grain: z.array(z.string()).min(1),
  needs: z.array(goldInput).min(1),
  /** The SELECT, without the header. */
  sql: z.string().min(1),
});
export type GoldModel = z.infer<typeof goldModel>;

// ---------------------------------------------------------------- pipeline.yaml

export const pipelineConfig = z.strictObject({
  name,
  description: z.string().default(""),
  settings: z
    .strictObject({
      /** Business time zone: days and weeks of gold are cut in it. */
      timeZone: z.string().default("UTC"),
      /** What logs, alerts and reports show of a faulty value. */
      examples: z.enum(["shapes", "raw"]).default("shapes"),
      heartbeatMinutes: z.number().int().positive().default(10),
      maxFilesPerTrigger: z.number().int().positive().default(1000),
    })
    .prefault({}),
});
export type PipelineConfig = z.infer<typeof pipelineConfig>;

/** The pipeline document: what the Python library gets (seam 2). Same words as the YAML. */
export interface PipelineDocument {
  readonly documentVersion: 1;
  readonly name: string;
  readonly description: string;
  readonly settings: PipelineConfig["settings"];
  /** Sorted by name. */
  readonly topics: Topic[];
  /** In dependency order, then by name. */
  readonly gold: GoldModel[];
}

// ---------------------------------------------------------------- environments

const principals = z.array(z.string().min(1)).default([]);
const tags = z.record(z.string(), z.string()).default({});

export const computeConfig = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("job_cluster"),
    sparkVersion: z.string().default("17.3.x-scala2.13"),
    nodeType: z.string().optional(), // default: the cloud's
    workers: z.union([z.number().int().min(0), z.strictObject({ min: z.number().int().min(0), max: z.number().int().min(1) })]).default(0),
    spot: z.boolean().default(false),
    policy: z.union([z.literal("create"), z.strictObject({ id: z.string() }), z.literal("none")]).default("create"),
  }),
  z.strictObject({ kind: z.literal("serverless"), performanceTarget: z.enum(["STANDARD", "PERFORMANCE_OPTIMIZED"]).optional() }),
  z.strictObject({ kind: z.literal("existing_cluster"), clusterId: z.string().min(1) }),
]);
export type ComputeConfig = z.infer<typeof computeConfig>;

export const triggerConfig = z.union([
  z.strictObject({ manual: z.literal(true) }),
  z.strictObject({ schedule: z.strictObject({ cron: z.string(), timeZone: z.string().default("UTC") }) }),
  z.strictObject({ periodic: z.strictObject({ interval: z.number().int().positive(), unit: z.enum(["HOURS", "DAYS", "WEEKS"]) }) }),
  z.strictObject({ fileArrival: z.strictObject({ minTimeBetweenTriggersSeconds: z.number().int().min(60).default(60) }) }),
  z.strictObject({ tableUpdate: z.strictObject({ tables: z.array(z.string()).min(1) }) }),
  z.strictObject({ continuous: z.literal(true) }),
]);
export type TriggerConfig = z.infer<typeof triggerConfig>;

export const jobConfig = z.strictObject({
  /** default: staged on clusters, one_task on serverless */
  layout: z.enum(["staged", "one_task"]).optional(),
  /** one_task only: run the notebook or the Python module */
  taskType: z.enum(["notebook", "python"]).default("notebook"),
  topicsPerTask: z.number().int().positive().default(1),
  trigger: triggerConfig.default({ manual: true }),
  paused: z.boolean().optional(), // default: true in development
  retries: z.number().int().min(0).default(1),
  timeoutMinutes: z.number().int().positive().default(120),
  queue: z.boolean().default(true),
  /** one_task only: keep running, a tick every so many seconds */
  loop: z.strictObject({ intervalSeconds: z.number().int().positive().default(10) }).optional(),
});

export const backendConfig = z.union([
  z.strictObject({ local: z.strictObject({ path: z.string().optional() }) }),
  z.strictObject({ s3: z.strictObject({ bucket: z.string(), region: z.string(), key: z.string().optional() }) }),
  z.strictObject({ azurerm: z.strictObject({ resourceGroupName: z.string(), storageAccountName: z.string(), containerName: z.string(), key: z.string().optional() }) }),
  z.strictObject({ gcs: z.strictObject({ bucket: z.string(), prefix: z.string().optional() }) }),
]);
export type BackendConfig = z.infer<typeof backendConfig>;

export const environmentConfig = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/),
  description: z.string().optional(),
  cloud: z.enum(["aws", "azure", "gcp"]),
  mode: z.enum(["development", "production"]),
  preset: z.literal("free").optional(),
  workspace: z.strictObject({ host: z.string().url().optional(), profile: z.string().optional() }).prefault({}),
  catalog: z.strictObject({ name, create: z.boolean().default(false), storageRoot: z.string().optional() }),
  /** schema names; the keys are the layers */
  schemas: z.strictObject({ bronze: name.default("bronze"), silver: name.default("silver"), gold: name.default("gold"), ops: name.default("ops") }).prefault({}),
  /** default: a managed volume `landing` in the bronze schema that the stack creates */
  landing: z.strictObject({ volume: z.string() }).optional(), // full name catalog.schema.volume of an adopted one
  warehouse: z.union([z.strictObject({ id: z.string() }), z.strictObject({ create: z.literal(true) }), z.literal("none")]).default("none"),
  compute: computeConfig,
  job: jobConfig.prefault({}),
  backend: backendConfig.default({ local: {} }),
  runAs: z.strictObject({ servicePrincipal: z.string() }).optional(),
  roles: z.strictObject({ reader: principals, engineer: principals, operator: principals, service: principals }).prefault({}),
  tags,
  notifications: z.strictObject({ onFailure: z.array(z.string()).default([]), webhooks: z.array(z.string()).default([]) }).prefault({}),
});
export type EnvironmentConfig = z.infer<typeof environmentConfig>;
export type Cloud = EnvironmentConfig["cloud"];
export const LAYERS = ["bronze", "silver", "gold", "ops"] as const;
export type Layer = (typeof LAYERS)[number];
