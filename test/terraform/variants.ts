/**
 * Stacks that no shipped environment has, so that every kind of resource and every trigger of this package is seen by
 * the real provider. Synthesizes them into CDKTF_OUTDIR.
 */
import { join } from "node:path";
import { App } from "cdktf";
import { MedallionPipeline, type MedallionPipelineProps, MedallionStack, PROVIDER_VERSION } from "../../constructs";
import { loadProject } from "../../spec";

type Environment = MedallionPipelineProps["environment"];

const serverless = { kind: "serverless" } as const;
const runAs = { servicePrincipal: "00000000-0000-0000-0000-000000000001" };
const roles = { reader: ["analysts"], engineer: ["data-engineers"], operator: ["data-operators"] };

/** What Terraform must take to the letter, in values and in keys. */
export const HOSTILE = '${file("/etc/passwd")} %{ if true } $${path.cwd}';

/** Values of the variables that the variants have. */
export const VARIABLES = { TF_VAR_oncall_key: "oncall-secret", TF_VAR_team_url: "https://example.com/team-secret" };

/** Each over a small environment in development on AWS. */
export const VARIANTS: Readonly<Record<string, Partial<Environment>>> = {
  "aws-external": {
    catalog: {
      name: "v_aws",
      create: true,
      storageRoot: "s3://bucket/tables",
      isolation: "isolated",
      workspaces: [{ id: 42, readOnly: false }],
    },
    landing: {
      external: { url: "s3://bucket/landing", credential: { roleArn: "arn:aws:iam::123456789012:role/landing" } },
    },
    serviceCredentials: { msk: { roleArn: "arn:aws:iam::123456789012:role/msk" }, theirs: { existing: true } },
    secretScopes: { kafka: "create" },
    compute: { kind: "job_cluster", workers: { min: 1, max: 2 }, spot: true, zone: "eu-central-1a", diskGb: 200 },
    job: { trigger: { fileArrival: {} }, topicsPerTask: 2, warnAfterMinutes: 20 },
    notifications: { onFailure: ["a@example.com"], onSuccess: ["b@example.com"], webhooks: ["00000000-0000-4000"] },
    runAs,
    roles,
  },
  "azure-external": {
    cloud: "azure",
    landing: {
      external: {
        url: "abfss://landing@account.dfs.core.windows.net/",
        credential: {
          accessConnectorId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/accessConnectors/c",
        },
      },
    },
    serviceCredentials: {
      hubs: {
        accessConnectorId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/accessConnectors/c",
      },
    },
    compute: { kind: "job_cluster", spot: true },
    job: { trigger: { tableUpdate: { tables: ["a.b.c"], condition: "all", minTimeBetweenTriggersSeconds: 120 } } },
    runAs,
  },
  "gcp-external": {
    cloud: "gcp",
    landing: { external: { url: "gs://bucket/landing", credential: { databricksServiceAccount: true } } },
    serviceCredentials: { kafka: { databricksServiceAccount: true } },
    compute: { kind: "job_cluster", spot: true, workers: 2, zone: "europe-west3-a", diskGb: 150 },
    job: { trigger: { periodic: { interval: 2, unit: "HOURS" } } },
    runAs,
  },
  credentials: {
    serviceCredentials: { msk: { roleArn: "arn:aws:iam::123456789012:role/msk" } },
    secretScopes: { kafka: "create" },
    compute: serverless,
    runAs,
    roles: { ...roles, service: ["ingest"] },
  },
  shards: { job: { shards: 2, trigger: { schedule: { cron: "0 0 6 * * ?" } } }, runAs, roles },
  continuous: { compute: serverless, job: { trigger: { continuous: true } } },
  "python-loop": { compute: serverless, job: { taskType: "python", loop: { intervalSeconds: 30 } } },
  "existing-cluster": { compute: { kind: "existing_cluster", clusterId: "0101-000000-abcdefgh" } },
  literals: {
    warehouse: { create: true },
    catalog: { name: "variant", create: true, storageRoot: `s3://bucket/${HOSTILE.replaceAll(" ", "")}` },
    observability: { alerts: true },
    roles: { reader: [HOSTILE], operator: [`b@${HOSTILE}`] },
    notifications: { onFailure: [`a@b.${HOSTILE.replaceAll(" ", "")}`], webhooks: [HOSTILE] },
    owner: HOSTILE.replaceAll("@", ""),
    tags: { owner: HOSTILE, [HOSTILE]: "key" },
  },
  declarative: { engine: "declarative", compute: serverless, catalog: { name: "main" } },
  pool: {
    owner: "data-platform",
    warehouse: { create: true, type: "pro", size: "Small", autoStopMinutes: 20 },
    compute: {
      kind: "job_cluster",
      pool: "0101-000000-pool",
      driverPool: "0101-000000-pool2",
      workers: 2,
      initScripts: ["/Volumes/a/b/c/setup.sh", "/Users/x/setup.sh", "s3://bucket/setup.sh"],
      sparkConf: { "spark.sql.shuffle.partitions": "8" },
    },
  },
  "usage-policy": { compute: { ...serverless, usagePolicy: "00000000-0000-4000" } },
  "declarative-pool": {
    engine: "declarative",
    compute: {
      kind: "job_cluster",
      pool: "0101-000000-pool",
      sparkConf: { "spark.a": "b" },
      initScripts: ["/Volumes/a/b/c/d.sh"],
    },
  },
  "existing-warehouse": {
    warehouse: { id: "0123456789abcdef" },
    observability: { alerts: true },
    roles,
    notifications: {
      webhooks: ["n1"],
      destinations: {
        oncall: { pagerDuty: { integrationKey: { variable: "oncall_key" } } },
        team: { slack: { url: { variable: "team_url" } } },
      },
    },
  },
  webhook: {
    notifications: {
      destinations: {
        desk: { email: ["desk@example.com"] },
        hook: {
          webhook: {
            url: { variable: "team_url" },
            password: { variable: "oncall_key" },
            username: { variable: "oncall_key" },
          },
        },
      },
    },
  },
  imported: {
    // Not the registry and the job: the provider's refresh of these two does not get along with a mock.
    import: {
      catalog: true,
      schemas: ["bronze", "silver", "gold", "ops"],
      volumes: ["landing", "checkpoints"],
    },
  },
};

/** Synthesizes every variant into an app. */
export function synthesizeVariants(app: App): void {
  const { document, dashboards } = loadProject(join(__dirname, "..", ".."));
  for (const [name, changes] of Object.entries(VARIANTS)) {
    const environment: Environment = {
      name,
      cloud: "aws",
      mode: "development",
      catalog: { name: "variant", create: true },
      compute: { kind: "job_cluster" },
      ...changes,
    };
    const stack = new MedallionStack(app, name, { mode: environment.mode, providerVersion: PROVIDER_VERSION });
    new MedallionPipeline(stack, "Pipeline", { document, dashboards, environment });
  }
  app.synth();
}

if (require.main === module) synthesizeVariants(new App());
