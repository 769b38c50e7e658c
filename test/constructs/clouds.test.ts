import { describe, expect, it } from "vitest";
import { CLOUDS, ExternalStorage, type ExternalStorageProps, JobCluster, Schema, Volume } from "../../constructs";
import { CLOUD_WORDS } from "../../spec";
import { makeEnvironment, makePipeline } from "./support/fixtures";
import { newStack, synth } from "./support/synth";

const CLOUD_NAMES = ["aws", "azure", "gcp"] as const;
const IDENTITIES = {
  aws: { roleArn: "arn:aws:iam::123456789012:role/landing" },
  azure: { accessConnectorId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/accessConnectors/c" },
  gcp: { databricksServiceAccount: true },
} as const;
const URLS = {
  aws: "s3://bucket/landing",
  azure: "abfss://landing@account.dfs.core.windows.net/",
  gcp: "gs://bucket/landing",
} as const;
const BLOCKS = {
  aws: { aws_iam_role: { role_arn: IDENTITIES.aws.roleArn } },
  azure: { azure_managed_identity: { access_connector_id: IDENTITIES.azure.accessConnectorId } },
  gcp: { databricks_gcp_service_account: {} },
} as const;

describe("clouds are values", () => {
  it.each(CLOUD_NAMES)("%s: its own node type is one of its node types, and of no other cloud", (name) => {
    for (const other of CLOUD_NAMES)
      expect(CLOUD_WORDS[other].nodeType.test(CLOUDS[name].nodeType), other).toBe(other === name);
    expect(CLOUD_WORDS[name].nodeType.test(CLOUD_WORDS[name].nodeTypeExample)).toBe(true);
  });

  it.each([
    ["aws", "i3.2xlarge", true],
    ["aws", "m7i.metal-24xl", true],
    ["aws", "rd-fleet.xlarge", true],
    ["aws", "large", false],
    ["azure", "Standard_E8ads_v5", true],
    ["azure", "standard_e8", false],
    ["gcp", "a2-ultragpu-1g", true],
    ["gcp", "c3-standard-4-lssd", true],
    ["gcp", "n2-standard", false],
  ] as const)("%s knows %s: %s", (cloud, nodeType, known) => {
    expect(CLOUD_WORDS[cloud].nodeType.test(nodeType)).toBe(known);
  });

  it("puts machines into a zone and gives them disks", () => {
    const block = (cloud: "aws" | "gcp", spot: boolean) =>
      new JobCluster(newStack(), "Cluster", {
        cloud: CLOUDS[cloud],
        sparkVersion: "17.3.x-scala2.13",
        zone: "zone-a",
        diskGb: 200,
        spot,
      }).block;
    expect(block("aws", true).awsAttributes).toEqual({
      availability: "SPOT_WITH_FALLBACK",
      firstOnDemand: undefined,
      spotBidPricePercent: 100,
      zoneId: "zone-a",
      ebsVolumeType: "GENERAL_PURPOSE_SSD",
      ebsVolumeCount: 1,
      ebsVolumeSize: 200,
    });
    expect(block("gcp", false).gcpAttributes).toEqual({
      availability: "ON_DEMAND_GCP",
      zoneId: "zone-a",
      bootDiskSize: 200,
    });
  });
});

describe("an external landing zone", () => {
  it.each(CLOUD_NAMES)("on %s is a credential, a location and a volume on it", (cloud) => {
    const environment = makeEnvironment({
      cloud,
      landing: { external: { url: URLS[cloud], credential: IDENTITIES[cloud] } },
    });
    const { only } = synth(makePipeline({ environment }).stack);
    expect(only("databricks_storage_credential")).toMatchObject({ name: "shop-test-landing", read_only: true });
    expect(only("databricks_storage_credential")).toMatchObject(BLOCKS[cloud]);
    expect(only("databricks_external_location")).toMatchObject({
      url: URLS[cloud],
      credential_name: expect.stringMatching(/^\$\{databricks_storage_credential\.\w+\.name\}$/),
    });
  });

  it("uses a credential that is there", () => {
    const stack = newStack();
    const storage = new ExternalStorage(stack, "S", { name: "l", url: "s3://b", credential: { name: "theirs" } });
    expect(storage.credential).toBeUndefined();
    new Volume(stack, "V", {
      schema: Schema.fromName("main.bronze"),
      name: "landing",
      storageLocation: storage.resource.url,
    });
    const { only, counts } = synth(stack);
    expect(counts).toEqual({ databricks_external_location: 1, databricks_volume: 1 });
    expect(only("databricks_external_location")["credential_name"]).toBe("theirs");
    expect(only("databricks_volume")["volume_type"]).toBe("EXTERNAL");
  });

  it.each<[Partial<ExternalStorageProps>, string]>([
    [{ url: "/mnt/x" }, 'url "/mnt/x": a cloud address'],
    [{ credential: { roleArn: "landing" } }, 'roleArn: found "landing"; allowed: arn:aws:iam::<account>:role/<name>'],
    [{ credential: { accessConnectorId: "c" } }, 'accessConnectorId: found "c"; allowed: the resource id'],
  ])("rejects %j", (props, message) => {
    const all = { name: "l", url: "s3://b", credential: { name: "theirs" }, ...props };
    expect(() => new ExternalStorage(newStack(), "S", all)).toThrow(message);
  });
});

describe("credentials for Kafka", () => {
  const runAs = { servicePrincipal: "00000000-0000-0000-0000-000000000001" };

  it("are made readable by who the pipeline runs as, before the job", () => {
    const environment = makeEnvironment({
      runAs,
      secretScopes: { kafka: "create", theirs: "existing" },
      serviceCredentials: { msk: IDENTITIES.aws, other: { existing: true } },
    });
    const { only, counts } = synth(makePipeline({ environment }).stack);
    expect(counts["databricks_secret_scope"]).toBe(1);
    expect(only("databricks_secret_acl")).toMatchObject({ principal: runAs.servicePrincipal, permission: "READ" });
    expect(only("databricks_credential")).toMatchObject({ name: "msk", purpose: "SERVICE", ...BLOCKS.aws });
    const after = only("databricks_job")["depends_on"] as string[];
    expect(after.filter((address) => /secret_acl|Credential-msk/.test(address))).toHaveLength(2);
  });
});

describe("a catalog for some workspaces only", () => {
  it("binds the others; the platform binds the one that makes it", () => {
    const environment = makeEnvironment({
      catalog: { name: "main", create: true, isolation: "isolated", workspaces: [{ id: 42 }] },
    });
    const { only } = synth(makePipeline({ environment }).stack);
    expect(only("databricks_catalog")["isolation_mode"]).toBe("ISOLATED");
    expect(only("databricks_workspace_binding")).toMatchObject({
      workspace_id: 42,
      securable_type: "catalog",
      binding_type: "BINDING_TYPE_READ_ONLY",
    });
  });
});

describe("what exists already", () => {
  it("is imported where that is asked, and nothing else is", () => {
    const environment = makeEnvironment({
      warehouse: { create: true },
      import: { catalog: true, schemas: ["bronze"], volumes: ["landing"], registry: true, job: "123" },
    });
    const { json } = synth(makePipeline({ environment }).stack);
    const imports = (json["import"] as { to: string; id: string }[]).map(({ to, id }) => [to.split(".")[0], id]);
    expect(imports.sort()).toEqual([
      ["databricks_catalog", "main"],
      ["databricks_job", "123"],
      ["databricks_schema", "main.bronze"],
      ["databricks_sql_table", "main.ops.schema_registry"],
      ["databricks_volume", "main.bronze.landing"],
    ]);
    expect(synth(makePipeline().stack).json["import"]).toBeUndefined();
  });
});

describe("where the code goes", () => {
  it("is below a folder of one's choice", () => {
    const environment = makeEnvironment({ workspace: { root: "/Shared/teams/data" } });
    const { resources } = synth(makePipeline({ environment }).stack);
    const paths = Object.values(resources["databricks_notebook"] ?? {}).map(({ path }) => String(path));
    expect(paths.every((path) => path.startsWith("/Shared/teams/data/medallion/shop/test/"))).toBe(true);
  });
});
