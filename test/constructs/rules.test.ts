import { describe, expect, it } from "vitest";
import {
  CLOUDS,
  ExternalStorage,
  type ExternalStorageProps,
  JobCluster,
  type JobClusterProps,
  type PipelineJobProps,
  ServiceCredential,
} from "../../constructs";
import { CLUSTER_FAULTS, defineEnvironment, type EnvironmentInput, JOB_FAULTS } from "../../spec";
import { makeDocument, makeEnvironment, makeJob } from "./support/fixtures";
import { newStack } from "./support/synth";

/** What is wrong with the props of a construct. */
function ofConstruct(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    return (error as Error).message
      .split("\n")
      .slice(1)
      .map((line) => line.replace("  - ", ""));
  }
  return [];
}

/** What is wrong with an environment that says the same, below a key. */
function ofConfig(changes: object, below: string): string[] {
  const { faults } = defineEnvironment(makeEnvironment(changes) as EnvironmentInput, makeDocument());
  return faults.filter((fault) => fault.startsWith(below)).map((fault) => fault.slice(below.length));
}

const CLUSTERS: Partial<JobClusterProps>[] = [
  { nodeType: "Standard_D4ds_v5" },
  { sparkVersion: "16.4.x-scala2.12" },
  { sparkVersion: "auto:latest-lts" },
  { workers: { min: 2, max: 2 } },
  { workers: { min: 0, max: 4 } },
  { pool: "p", spot: true, zone: "a", diskGb: 100, nodeType: "m5d.xlarge" },
  { driverPool: "p" },
  { sparkConf: { "spark.master": "x", "spark.a": "y" } },
];
const JOBS: Partial<PipelineJobProps>[] = [
  { layout: "staged", taskType: "python" },
  { layout: "one_task", topicsPerTask: 2 },
  { layout: "one_task", shards: 2 },
  { layout: "staged", loop: { intervalSeconds: 10 } },
  { layout: "one_task", loop: { intervalSeconds: 10 }, trigger: { periodic: { interval: 1, unit: "HOURS" } } },
  { layout: "staged", trigger: { continuous: true } },
  { timeoutMinutes: 10, warnAfterMinutes: 10 },
];
const IDENTITIES: Exclude<ExternalStorageProps["credential"], { name: string }>[] = [
  { roleArn: "landing" },
  { accessConnectorId: "c" },
];

describe("what config rejects, constructs reject in the same words, and the other way round", () => {
  it.each(CLUSTERS)("a cluster with %j", (props) => {
    const cluster = { cloud: CLOUDS.aws, sparkVersion: "17.3.x-scala2.13", ...props };
    const faults = ofConstruct(() => new JobCluster(newStack(), "Cluster", cluster));
    expect(faults.length).toBeGreaterThan(0);
    expect(ofConfig({ compute: { kind: "job_cluster", ...props } }, "compute.").sort()).toEqual(faults.sort());
  });

  it.each(JOBS)("a job with %j", (props) => {
    const faults = ofConstruct(() => makeJob(props));
    expect(faults.length).toBeGreaterThan(0);
    expect(ofConfig({ job: props }, "job.").sort()).toEqual(faults.sort());
  });

  it.each(IDENTITIES)("an identity %j", (identity) => {
    const cloud = "roleArn" in identity ? "aws" : "azure";
    const faults = ofConstruct(() => new ServiceCredential(newStack(), "S", { name: "k", identity, principals: [] }));
    expect(faults).toHaveLength(1);
    const storage = { name: "l", url: "s3://b/landing", credential: identity };
    expect(ofConstruct(() => new ExternalStorage(newStack(), "E", storage))).toEqual(faults);
    expect(ofConfig({ cloud, serviceCredentials: { k: identity } }, "serviceCredentials.k.")).toEqual(faults);
  });

  it("by every rule that both have", () => {
    const evaluated = (all: readonly object[]) => new Set(all.flatMap((props) => Object.keys(props)));
    expect(Object.keys(CLUSTER_FAULTS).filter((key) => !evaluated(CLUSTERS).has(key))).toEqual([]);
    expect(Object.keys(JOB_FAULTS).filter((key) => !evaluated(JOBS).has(key))).toEqual([]);
  });
});
