import { describe, expect, it } from "vitest";
import {
  CLOUDS,
  ClusterPolicy,
  ExistingCluster,
  JobCluster,
  type JobClusterProps,
  type PolicyDefinition,
  Serverless,
} from "../../constructs";
import { clusterAttributes, policyFor, policyViolations } from "../../constructs/compute/policy-definition";
import { newStack, synth } from "./support/synth";

const RUNTIME = "17.3.x-scala2.13";

function blockOf(props: Partial<JobClusterProps> = {}) {
  return new JobCluster(newStack(), "Cluster", { cloud: CLOUDS.aws, sparkVersion: RUNTIME, ...props }).block;
}

describe("JobCluster", () => {
  it("makes nothing without a policy: the block is part of the job", () => {
    const stack = newStack();
    const cluster = new JobCluster(stack, "Cluster", { cloud: CLOUDS.aws, sparkVersion: RUNTIME });
    expect(synth(stack).counts).toEqual({});
    expect(cluster.bind("/Workspace/lib.whl")).toMatchObject({
      job: { jobCluster: [{ jobClusterKey: "medallion" }] },
      task: { jobClusterKey: "medallion", library: [{ whl: "/Workspace/lib.whl" }] },
    });
  });

  it("is a single node without workers", () => {
    expect(blockOf()).toMatchObject({
      numWorkers: 0,
      sparkConf: { "spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]" },
      customTags: { ResourceClass: "SingleNode" },
      dataSecurityMode: "SINGLE_USER",
    });
  });

  it("takes its machines from pools, which settle what they are", () => {
    const block = blockOf({ pool: "p1", driverPool: "p2", workers: 2 });
    expect(block).toMatchObject({ instancePoolId: "p1", driverInstancePoolId: "p2", nodeTypeId: undefined });
    expect(Object.keys(block).filter((key) => key.endsWith("Attributes"))).toEqual([]);
    expect(blockOf({ pool: "p1" }).driverInstancePoolId).toBe("p1");
    expect(() => blockOf({ pool: "p1", nodeType: "m5.large", zone: "a", spot: false })).toThrow(
      /nodeType: found "m5.large"; machines of an instance pool .*\n.*zone: found "a"; machines of an instance pool/,
    );
    expect(() => blockOf({ driverPool: "p2" })).toThrow(/driverPool: the driver alone cannot come from a pool/);
  });

  it("runs scripts and takes settings of Spark, which its policy fixes", () => {
    const initScripts = ["/Volumes/a/b/c/setup.sh", "/Users/x/setup.sh", "s3://bucket/setup.sh"];
    const block = blockOf({ initScripts, sparkConf: { "spark.a": "1" } });
    expect(block.initScripts).toEqual([
      { volumes: { destination: initScripts[0] } },
      { workspace: { destination: initScripts[1] } },
      { s3: { destination: initScripts[2] } },
    ]);
    expect(block.sparkConf).toMatchObject({ "spark.a": "1", "spark.master": "local[*]" });
    expect(policyFor(block)).toMatchObject({
      "spark_conf.spark.a": { type: "fixed", value: "1" },
      "init_scripts.1.workspace.destination": { type: "fixed", value: "/Users/x/setup.sh" },
      "init_scripts.2.s3.destination": { type: "fixed", value: "s3://bucket/setup.sh" },
    });
    expect(() => blockOf({ initScripts: ["dbfs:/a.sh"], sparkConf: { "spark.master": "x" } })).toThrow(
      /sparkConf: found "spark.master", set by the number of workers.*\n.*initScripts "dbfs:\/a.sh": allowed: /,
    );
  });

  it("has a number of workers or a range", () => {
    expect(blockOf({ workers: 3 })).toMatchObject({ numWorkers: 3, sparkConf: undefined });
    expect(blockOf({ workers: { min: 1, max: 4 } })).toMatchObject({
      numWorkers: undefined,
      autoscale: { minWorkers: 1, maxWorkers: 4 },
    });
  });

  it.each(["aws", "azure", "gcp"] as const)("has the node type and attributes of %s only", (cloud) => {
    const block = blockOf({ cloud: CLOUDS[cloud] });
    expect(block.nodeTypeId).toBe(CLOUDS[cloud].nodeType);
    expect(Object.keys(block).filter((key) => key.endsWith("Attributes"))).toEqual([`${cloud}Attributes`]);
  });

  it("keeps the driver on a regular machine when workers are on spare capacity", () => {
    expect(blockOf({ spot: true, workers: 2 }).awsAttributes).toMatchObject({
      availability: "SPOT_WITH_FALLBACK",
      firstOnDemand: 1,
    });
    expect(blockOf({ spot: true, workers: 2, cloud: CLOUDS.azure }).azureAttributes).toMatchObject({
      firstOnDemand: 1,
      spotBidMaxPrice: -1,
    });
    expect(blockOf({ spot: true, cloud: CLOUDS.gcp }).gcpAttributes?.firstOnDemand).toBeUndefined();
  });

  it("makes a policy that allows this cluster, and refers to it", () => {
    const stack = newStack();
    const cluster = new JobCluster(stack, "Cluster", {
      cloud: CLOUDS.aws,
      sparkVersion: RUNTIME,
      workers: 2,
      tags: { team: "data" },
      policy: { name: "jobs" },
    });
    const { counts, only } = synth(stack);
    expect(counts).toEqual({ databricks_cluster_policy: 1 });
    const definition = JSON.parse(String(only("databricks_cluster_policy")["definition"]));
    expect(definition).toMatchObject({
      cluster_type: { type: "fixed", value: "job" },
      num_workers: { type: "range", maxValue: 2 },
      "custom_tags.team": { type: "fixed", value: "data" },
      "aws_attributes.availability": { type: "fixed", value: "ON_DEMAND" },
    });
    expect(policyViolations(clusterAttributes(cluster.block), definition)).toEqual([]);
    expect(cluster.policy).toBeInstanceOf(ClusterPolicy);
    expect((cluster.policy as ClusterPolicy).node.defaultChild).toBe((cluster.policy as ClusterPolicy).resource);
  });

  it("takes a policy by id without knowing what it allows", () => {
    expect(blockOf({ policy: ClusterPolicy.fromId("ABC") }).policyId).toBe("ABC");
  });
});

describe("policies", () => {
  const cluster = { num_workers: 4, node_type_id: "m5d.xlarge", spark_version: RUNTIME };

  it.each([
    [
      { node_type_id: { type: "fixed", value: "i3.xlarge" } },
      'node_type_id is "m5d.xlarge", the policy fixes it to "i3.xlarge"',
    ],
    [
      { node_type_id: { type: "allowlist", values: ["i3.xlarge", "i3.2xlarge"] } },
      'node_type_id is "m5d.xlarge", the policy allows "i3.xlarge", "i3.2xlarge"',
    ],
    [{ num_workers: { type: "range", maxValue: 2 } }, "num_workers is 4, the policy allows any to 2"],
    [{ num_workers: { type: "forbidden" } }, "num_workers is 4, the policy forbids it"],
    [
      { spark_version: { type: "regex", pattern: "18\\..*" } },
      `spark_version is "${RUNTIME}", the policy wants it to match 18\\..*`,
    ],
    [{ "custom_tags.team": { type: "unlimited" } }, "custom_tags.team is null, the policy requires it"],
  ] as const)("says what %j does not allow", (definition, message) => {
    expect(policyViolations(cluster, definition)).toEqual([message]);
  });

  it.each([
    { num_workers: { type: "range", minValue: 1, maxValue: 4 } },
    { node_type_id: { type: "regex", pattern: "m5d\\..*" } },
    { "custom_tags.team": { type: "unlimited", isOptional: true } },
    { instance_pool_id: { type: "forbidden" } },
    policyFor({ nodeTypeId: "m5d.xlarge", sparkVersion: RUNTIME }),
  ] as PolicyDefinition[])("allows what %j allows", (definition) => {
    expect(policyViolations({ ...cluster, cluster_type: "job" }, definition)).toEqual([]);
  });
});

describe("other compute", () => {
  it("serverless brings the library by its environment, version 5", () => {
    expect(new Serverless({ performanceTarget: "STANDARD" }).bind("/Workspace/lib.whl")).toEqual({
      job: {
        performanceTarget: "STANDARD",
        environment: [
          { environmentKey: "medallion", spec: { environmentVersion: "5", dependencies: ["/Workspace/lib.whl"] } },
        ],
      },
      task: { environmentKey: "medallion", disableAutoOptimization: true },
    });
  });

  it("an existing cluster gets the library with every task", () => {
    expect(new ExistingCluster("0101-abc").bind("/Workspace/lib.whl")).toEqual({
      job: {},
      task: { existingClusterId: "0101-abc", library: [{ whl: "/Workspace/lib.whl" }] },
    });
  });
});
