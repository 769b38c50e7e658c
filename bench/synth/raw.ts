/** One measurement of raw L1 constructs: the same resources and files, written as somebody would without this package. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Catalog } from "@cdktf/provider-databricks/lib/catalog";
import { ClusterPolicy } from "@cdktf/provider-databricks/lib/cluster-policy";
import { Directory } from "@cdktf/provider-databricks/lib/directory";
import { Grant } from "@cdktf/provider-databricks/lib/grant";
import { Notebook } from "@cdktf/provider-databricks/lib/notebook";
import { Permissions } from "@cdktf/provider-databricks/lib/permissions";
import { DatabricksProvider } from "@cdktf/provider-databricks/lib/provider";
import { Schema } from "@cdktf/provider-databricks/lib/schema";
import { Volume } from "@cdktf/provider-databricks/lib/volume";
import { WorkspaceFile } from "@cdktf/provider-databricks/lib/workspace-file";
import { App, AssetType, S3Backend, TerraformAsset, TerraformOutput, TerraformStack } from "cdktf";
import { findTexts } from "./measure";
import { rawJobs } from "./raw-jobs";
import { report } from "./report";

const [, , rendered = "", wheel = "", outdir = ""] = process.argv;

// Contents of the files are ready before the clock starts: this side only writes them.
const texts = new Map(findTexts(rendered).map((file) => [basename(file), readFileSync(file, "utf8")]));
const document = JSON.parse(texts.get("pipeline.json") ?? "");

const started = performance.now();
const PRINCIPAL = "00000000-0000-0000-0000-000000000001";
const FOLDER = `/Users/${PRINCIPAL}/medallion/bench/bench`;
const TAGS = { environment: "bench", managed_by: "medallion", mode: "production", pipeline: "bench", project: "bench" };
const lifecycle = { preventDestroy: true };

const app = new App({ outdir });
const stack = new TerraformStack(app, "bench");
new DatabricksProvider(stack, "databricks", {});
stack.addOverride("terraform.required_providers.databricks.version", "1.113.0");
stack.addOverride("terraform.required_version", ">= 1.10.0");
const s3 = new S3Backend(stack, {
  bucket: "bench-state",
  region: "eu-central-1",
  key: "medallion/bench/bench.tfstate",
  encrypt: true,
});
s3.addOverride("use_lockfile", true);

const catalog = new Catalog(stack, "catalog", {
  name: "bench",
  comment: "Catalog of the bench pipeline, bench.",
  forceDestroy: false,
  isolationMode: "OPEN",
  properties: TAGS,
  lifecycle,
});
const makeSchema = (name: string, comment: string) =>
  new Schema(stack, name, {
    catalogName: catalog.name,
    name,
    comment,
    forceDestroy: false,
    properties: { ...TAGS, layer: name },
    lifecycle,
  });
const schemas = {
  bronze: makeSchema("bronze", "Raw records as they came, and what was quarantined. May hold personal data."),
  silver: makeSchema("silver", "Typed records, one table per topic."),
  gold: makeSchema("gold", "Business metrics."),
  ops: makeSchema("ops", "Schema registry, run log, drift and quality of the pipeline."),
};
const makeVolume = (schema: Schema, name: string, comment: string) =>
  new Volume(stack, name, {
    catalogName: catalog.name,
    schemaName: schema.name,
    name,
    volumeType: "MANAGED",
    comment,
    lifecycle,
  });
const landing = makeVolume(schemas.bronze, "landing", "Where files arrive: one folder per topic.");
const checkpoints = makeVolume(
  schemas.ops,
  "checkpoints",
  "Checkpoints of the streams. Deleting them makes the pipeline read everything again.",
);

const READ = ["SELECT", "USE_SCHEMA"];
const WRITE = ["CREATE_TABLE", "MODIFY", "SELECT", "USE_SCHEMA"];
const onSchema = (schema: Schema) => ({ schema: `${catalog.name}.${schema.name}` });
const onVolume = (schema: Schema, volume: Volume) => ({ volume: `${catalog.name}.${schema.name}.${volume.name}` });
const grants = [
  ...[PRINCIPAL, "analysts", "data-engineers", "data-operators"].map(
    (principal) => [{ catalog: catalog.name }, principal, ["USE_CATALOG"]] as const,
  ),
  ...Object.values(schemas).flatMap((schema) => [
    [onSchema(schema), PRINCIPAL, WRITE] as const,
    [onSchema(schema), "data-engineers", READ] as const,
  ]),
  [onSchema(schemas.silver), "analysts", READ] as const,
  [onSchema(schemas.gold), "analysts", READ] as const,
  [onSchema(schemas.ops), "data-operators", READ] as const,
  [onVolume(schemas.bronze, landing), PRINCIPAL, ["READ_VOLUME"]] as const,
  [onVolume(schemas.bronze, landing), "data-engineers", ["READ_VOLUME"]] as const,
  [onVolume(schemas.ops, checkpoints), PRINCIPAL, ["READ_VOLUME", "WRITE_VOLUME"]] as const,
  [onVolume(schemas.ops, checkpoints), "data-engineers", ["READ_VOLUME"]] as const,
].map(
  ([securable, principal, privileges], at) =>
    new Grant(stack, `grant-${at}`, { ...securable, principal, privileges: [...privileges] }),
);

const fixed = (value: string | number) => ({ type: "fixed", value });
const policy = new ClusterPolicy(stack, "policy", {
  name: "bench-bench",
  description: "Job clusters of this pipeline on aws: this size or smaller, this runtime, these tags.",
  definition: JSON.stringify(
    {
      cluster_type: fixed("job"),
      spark_version: fixed("17.3.x-scala2.13"),
      node_type_id: fixed("m6gd.xlarge"),
      "autoscale.min_workers": { type: "range", maxValue: 1 },
      "autoscale.max_workers": { type: "range", maxValue: 4 },
      data_security_mode: fixed("SINGLE_USER"),
      "custom_tags.pipeline": fixed("bench"),
      "custom_tags.environment": fixed("bench"),
      "custom_tags.mode": fixed("production"),
      "custom_tags.managed_by": fixed("medallion"),
      "custom_tags.project": fixed("bench"),
      "aws_attributes.availability": fixed("ON_DEMAND"),
      "aws_attributes.zone_id": fixed("auto"),
    },
    null,
    2,
  ),
});
const policyAccess = new Permissions(stack, "policy-access", {
  clusterPolicyId: policy.id,
  accessControl: [{ servicePrincipalName: PRINCIPAL, permissionLevel: "CAN_USE" }],
});

const folder = new Directory(stack, "folder", { path: FOLDER, lifecycle: { createBeforeDestroy: true } });
const folderAccess = new Permissions(stack, "folder-access", {
  directoryPath: folder.path,
  accessControl: [
    { servicePrincipalName: PRINCIPAL, permissionLevel: "CAN_MANAGE" },
    { groupName: "data-engineers", permissionLevel: "CAN_READ" },
    { groupName: "data-operators", permissionLevel: "CAN_READ" },
  ],
});
const inFolder = { dependsOn: [folder], lifecycle: { createBeforeDestroy: true } };

const wheelAsset = new TerraformAsset(stack, "wheel-asset", { path: wheel, type: AssetType.FILE });
const wheelFile = new WorkspaceFile(stack, "wheel", {
  path: `${FOLDER}/${basename(wheel)}`,
  source: wheelAsset.path,
  ...inFolder,
});
const asset = (name: string) => {
  const file = join(outdir, "files", name);
  mkdirSync(join(outdir, "files"), { recursive: true });
  writeFileSync(file, texts.get(name) ?? "");
  return new TerraformAsset(stack, `asset-${name}`, { path: file, type: AssetType.FILE }).path;
};
const documentFile = new WorkspaceFile(stack, "document", {
  path: `${FOLDER}/pipeline.json`,
  source: asset("pipeline.json"),
  ...inFolder,
});
const notebooks = Object.fromEntries(
  ["prepare", "bronze", "silver", "gold", "finish", "run_pipeline"].map((name) => [
    name,
    new Notebook(stack, `notebook-${name}`, { path: `${FOLDER}/${name}`, source: asset(`${name}.py`), ...inFolder }),
  ]),
);

const jobs = rawJobs(stack, {
  document,
  notebooks,
  wheel: `/Workspace${wheelFile.path}`,
  policyId: policy.id,
  principal: PRINCIPAL,
  tags: TAGS,
  after: [...grants, policyAccess, folderAccess],
  parameters: {
    action: "run",
    action_arguments: "",
    catalog: catalog.name,
    checkpoints: `${catalog.name}/${schemas.ops.name}/${checkpoints.name}`,
    file_source: "ledger",
    landing: `${catalog.name}/${schemas.bronze.name}/${landing.name}`,
    library_hash: "0123456789ab",
    pipeline_document: `/Workspace${documentFile.path}`,
    schema_bronze: schemas.bronze.name,
    schema_gold: schemas.gold.name,
    schema_ops: schemas.ops.name,
    schema_silver: schemas.silver.name,
    volume_root: "/Volumes",
  },
});
const levels = [
  { groupName: "data-engineers", permissionLevel: "CAN_VIEW" },
  { groupName: "data-operators", permissionLevel: "CAN_MANAGE_RUN" },
];
new Permissions(stack, "job-access", { jobId: jobs.main.id, accessControl: levels });
for (const [at, shard] of jobs.shards.entries()) {
  new Permissions(stack, `shard-access-${at}`, {
    jobId: shard.id,
    accessControl: [{ servicePrincipalName: PRINCIPAL, permissionLevel: "CAN_MANAGE_RUN" }, ...levels],
  });
}
new TerraformOutput(stack, "job-url", {
  value: jobs.main.url,
  description: "Page of the job, where it is seen and started.",
});
app.synth();
report(outdir, { seconds: (performance.now() - started) / 1000, loadSeconds: 0 });
