import { App } from "cdktf";
import type { Construct } from "constructs";
import { describe, expect, it } from "vitest";
import {
  Catalog,
  CLOUDS,
  ClusterPolicy,
  ExistingCluster,
  Grants,
  JobCluster,
  type JobClusterProps,
  MedallionStack,
  type MedallionStackProps,
  type PipelineJobProps,
  Schema,
  Serverless,
  Volume,
  Warehouse,
} from "../../constructs";
import { makeCode, makeDocument, makeEnvironment, makeJob, makePipeline } from "./support/fixtures";
import { fakeTemplates, fakeWheel, newStack } from "./support/synth";

const RUNTIME = "17.3.x-scala2.13";
const many = (count: number) => Array.from({ length: count }, (_, at) => `topic_${at}`);

const cluster = (props: Partial<JobClusterProps>) => (scope: Construct) =>
  new JobCluster(scope, "Cluster", { cloud: CLOUDS.aws, sparkVersion: RUNTIME, ...props });
const job = (props: Partial<PipelineJobProps>) => () => makeJob(props);
const stack = (props: MedallionStackProps) => () =>
  new MedallionStack(new App({ outdir: newStackFolder() }), "other", props);
const pipeline = (props: Parameters<typeof makePipeline>[0]) => () => makePipeline(props);
const newStackFolder = () => App.of(newStack()).outdir;

/** What somebody does, and what they are told. */
const MISUSES: readonly (readonly [what: string, act: (scope: Construct) => unknown, message: string])[] = [
  [
    "a catalog with capitals",
    (s) => new Catalog(s, "C", { name: "Main" }),
    'catalog name "Main": lower case letters, digits and _',
  ],
  [
    "a catalog that is protected and may be destroyed",
    (s) => new Catalog(s, "C", { name: "main", protect: true, forceDestroy: true }),
    "protect and forceDestroy exclude each other",
  ],
  [
    "a catalog on a path of a machine",
    (s) => new Catalog(s, "C", { name: "main", storageRoot: "/mnt/x" }),
    'storageRoot "/mnt/x": a cloud address such as s3://',
  ],
  [
    "a schema with a dot",
    (s) => new Schema(s, "S", { catalog: Catalog.fromName("main"), name: "a.b" }),
    'schema name "a.b": lower case letters',
  ],
  [
    "a volume with a blank",
    (s) => new Volume(s, "V", { schema: Schema.fromName("main.bronze"), name: "my volume" }),
    'volume name "my volume": lower case letters',
  ],
  [
    "an external volume nowhere",
    (s) => new Volume(s, "V", { schema: Schema.fromName("main.bronze"), name: "v", storageLocation: "bucket" }),
    'storageLocation "bucket": a cloud address',
  ],
  [
    "a grant to nobody",
    (s) =>
      new Grants(s, "G", {
        grants: [{ on: "c", securable: { catalog: "main" }, principal: " ", privileges: ["SELECT"] }],
      }),
    "a grant needs a principal",
  ],
  [
    "a privilege as SQL writes it",
    (s) =>
      new Grants(s, "G", {
        grants: [{ on: "c", securable: { catalog: "main" }, principal: "a", privileges: ["USE CATALOG"] }],
      }),
    "words joined by underscores, at least one (USE_SCHEMA, SELECT); got [USE CATALOG]",
  ],
  [
    "a warehouse that never stops",
    (s) => new Warehouse(s, "W", { name: "w", autoStopMinutes: 0 }),
    "autoStopMinutes 0: a whole number, at least 1",
  ],
  [
    "a warehouse of a size that is none",
    (s) => new Warehouse(s, "W", { name: "w", size: "Tiny" as "Small" }),
    'size "Tiny": one of 2X-Small, X-Small',
  ],
  [
    "a runtime that changes by itself",
    cluster({ sparkVersion: "auto:latest-lts" }),
    'sparkVersion: found "auto:latest-lts"; allowed: Databricks Runtime 17.3 LTS or later, such as 17.3.x-scala2.13',
  ],
  [
    "a node type of AWS on Azure",
    cluster({ cloud: CLOUDS.azure, nodeType: "m5d.xlarge" }),
    'nodeType: found "m5d.xlarge", which is no machine type of Azure; allowed: such as Standard_D4ds_v5',
  ],
  [
    "a node type of Azure on AWS",
    cluster({ nodeType: "Standard_D4ds_v5" }),
    'nodeType: found "Standard_D4ds_v5", which is no machine type of AWS',
  ],
  [
    "a node type of Azure on GCP",
    cluster({ cloud: CLOUDS.gcp, nodeType: "Standard_D4ds_v5" }),
    'nodeType: found "Standard_D4ds_v5", which is no machine type of Google Cloud',
  ],
  ["half a worker", cluster({ workers: 0.5 }), "workers: found 0.5; allowed: a whole number, 0 for a single node"],
  [
    "a range that starts at nothing",
    cluster({ workers: { min: 0, max: 2 } }),
    "workers: found min 0 and max 2; allowed: min at least 1 and below max, or one number (0 is a single node)",
  ],
  [
    "a range of one number",
    cluster({ workers: { min: 2, max: 2 } }),
    "workers: found min 2 and max 2; allowed: min at least 1 and below max, or one number (0 is a single node)",
  ],
  [
    "an alias of a security mode",
    cluster({ dataSecurityMode: "DATA_SECURITY_MODE_AUTO" as "SINGLE_USER" }),
    "SINGLE_USER or USER_ISOLATION",
  ],
  [
    "a cluster that its policy does not allow",
    (s) =>
      cluster({
        workers: 8,
        policy: new ClusterPolicy(s, "P", {
          name: "small",
          definition: { num_workers: { type: "range", maxValue: 4 } },
        }),
      })(s),
    "num_workers is 8, the policy allows any to 4",
  ],
  [
    "a policy without a rule",
    (s) => new ClusterPolicy(s, "P", { name: "open", definition: {} }),
    "a policy without a rule would allow everything",
  ],
  [
    "a code folder with a blank",
    () => makeCode(newStack(), { folder: "/Shared/my code" }),
    'folder "/Shared/my code": an absolute workspace path without /Workspace and without spaces',
  ],
  [
    "a code folder below /Workspace",
    () => makeCode(newStack(), { folder: "/Workspace/Shared/x" }),
    "without /Workspace",
  ],
  ["a pipeline without a topic", () => makeCode(newStack(), { document: makeDocument([], {}) }), "has no topic"],
  [
    "a wheel of somebody else",
    () => makeCode(newStack(), { wheel: "other-1.0-py3-none-any.whl" }),
    "other-1.0-py3-none-any.whl is not a wheel of this library",
  ],
  [
    "a wheel that is not there",
    () => makeCode(newStack(), { wheel: fakeWheel().replace(/medallion-wheel-\w+/, "nowhere") }),
    "build it with: npm run build",
  ],
  [
    "a template without its placeholder",
    () => makeCode(newStack(), { templates: fakeTemplates({ gold: "# Databricks notebook source\nx = 1\n" }) }),
    'gold.py:\n  - the value "defaults" is not used',
  ],
  [
    "a template with a placeholder of its own",
    () =>
      makeCode(newStack(), {
        templates: fakeTemplates({ gold: '# Databricks notebook source\nx = "{{ defaults }}"\ny = "{{ mine }}"\n' }),
      }),
    'unknown placeholder "{{ mine }}"; known: defaults',
  ],
  ["a job without a name", job({ name: " " }), "a job needs a name"],
  ["half a topic per task", job({ topicsPerTask: 0.5 }), "topicsPerTask 0.5: a whole number, at least 1"],
  ["fewer retries than none", job({ retries: -1 }), "retries -1: a whole number, 0 for none"],
  ["a run without time", job({ timeoutMinutes: 0 }), "timeoutMinutes 0: a whole number, at least 1"],
  ["a loop in stages", job({ loop: { intervalSeconds: 10 } }), "loop: found with layout staged"],
  [
    "a loop without a pause",
    job({ layout: "one_task", loop: { intervalSeconds: 0 } }),
    "loop.intervalSeconds 0: a whole number, at least 1",
  ],
  ["a Python task in stages", job({ taskType: "python" }), 'taskType: found "python" with layout staged'],
  [
    "groups of topics in one task",
    job({ compute: new Serverless(), topicsPerTask: 5 }),
    "topicsPerTask: has no effect on layout one_task",
  ],
  [
    "continuous stages",
    job({ trigger: { continuous: true } }),
    "a continuous job cannot have tasks that wait for each other",
  ],
  [
    "more notebooks than a cluster holds",
    job({ document: makeDocument(many(150), {}) }),
    "up to 150 notebooks at once, a cluster has 145 execution contexts: raise topicsPerTask (now 1)",
  ],
  [
    "more notebooks than an existing cluster holds",
    job({ compute: new ExistingCluster("x"), document: makeDocument(many(300), {}), topicsPerTask: 2 }),
    "up to 150 notebooks at once",
  ],
  [
    "more tasks than a job holds",
    job({ compute: new Serverless(), layout: "staged", document: makeDocument(many(600), {}) }),
    "1204 tasks, a job has at most 1000: raise topicsPerTask (now 1)",
  ],
  ["shards of one task", job({ compute: new Serverless(), shards: 2 }), "shards: has no effect on layout one_task"],
  ["half a shard", job({ shards: 1.5 }), "shards 1.5: a whole number, at least 1"],
  ["more shards than topics", job({ shards: 3 }), "shards 3 for 2 topics: some would be empty; lower shards"],
  [
    "more tasks than a workspace runs",
    job({ compute: new Serverless(), layout: "staged", document: makeDocument(many(2100), {}), shards: 5 }),
    "up to 2105 tasks at once, a workspace runs 2000: raise topicsPerTask (now 1)",
  ],
  [
    "more shards than an existing cluster holds",
    job({ compute: new ExistingCluster("x"), document: makeDocument(many(300), {}), shards: 4 }),
    "up to 304 notebooks at once, a cluster has 145 execution contexts: raise topicsPerTask (now 1)",
  ],
  [
    "more topics than a notebook takes",
    job({ document: makeDocument(many(1500), {}), topicsPerTask: 1000 }),
    "a notebook takes 10000: lower topicsPerTask (now 1000)",
  ],
  [
    "stages on Free Edition",
    job({ layout: "staged", concurrentTasks: 5, document: makeDocument(many(6), {}) }),
    "up to 6 tasks at once, this workspace runs 5: use the one_task layout",
  ],
  [
    "four webhooks",
    job({ notifications: { onFailure: [], webhooks: ["a", "b", "c", "d"] } }),
    "4 webhooks, a job tells at most 3",
  ],
  [
    "too many tags",
    job({ tags: Object.fromEntries(many(26).map((key) => [key, "x"])) }),
    "26 tags, a job has at most 25",
  ],
  [
    "a secret in the host",
    stack({ workspace: { host: "https://user:dapi@x.cloud.databricks.com" } }),
    "credentials come from the environment",
  ],
  [
    "a host and a profile",
    stack({ workspace: { host: "https://x.cloud.databricks.com", profile: "DEV" } }),
    "workspace host and profile exclude each other",
  ],
  ["a state key that climbs", stack({ stateKey: "../other" }), 'stateKey "../other": words of letters'],
  ["a developer with capitals", pipeline({ developer: "Jane" }), 'developer "Jane": lower case letters'],
  [
    "a developer in production",
    pipeline({ developer: "jane", environment: makeEnvironment({ mode: "production" }) }),
    "test is a production environment; names of persons belong to development",
  ],
  [
    "a cloud that is none",
    pipeline({ environment: makeEnvironment({ cloud: "ibm" as "aws" }) }),
    "environment.cloud: ",
  ],
  [
    "serverless with workers",
    pipeline({
      environment: makeEnvironment({ compute: { kind: "serverless", workers: 2 } as { kind: "serverless" } }),
    }),
    "environment.compute.workers: serverless has no such setting; remove it, or use kind: job_cluster",
  ],
];

describe("misuse is an error at synth, in words that say what is allowed", () => {
  it.each(MISUSES)("%s", (_what, act, message) => {
    expect(() => act(newStack())).toThrow(message);
  });

  it("of several kinds is told all at once", () => {
    expect(job({ name: "", retries: -1, loop: { intervalSeconds: 0 } })).toThrow(/Job: 4 faults/);
  });
});
