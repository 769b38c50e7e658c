import { z } from "zod";
import type { EnvironmentConfig } from "../generated/config-types";
import { text } from "./names";

const workerRange = z.strictObject({
  min: z.number().int().min(0).describe("Smallest number of workers."),
  max: z.number().int().min(1).describe("Largest number of workers."),
});

/** The three kinds of compute; what belongs to one kind is rejected on another. */
export const computeConfig = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("job_cluster").describe("A cluster for the duration of the run."),
    sparkVersion: text.default("17.3.x-scala2.13").describe("Databricks Runtime, 17.3 or later."),
    nodeType: text.optional().describe("Machine type. Default: a small type of the cloud."),
    workers: z
      .union([z.number().int().min(0), workerRange])
      .default(0)
      .describe("Number of workers, or { min, max } for autoscaling; 0 is a single node."),
    spot: z.boolean().default(false).describe("Use spare capacity with fall-back to regular machines."),
    zone: text.optional().describe("AWS, Google Cloud: zone of the machines. Default: any with capacity."),
    pool: text
      .optional()
      .describe(
        "Id of the instance pool that the machines come from, which determines their type, zone, disks and spare capacity.",
      ),
    driverPool: text
      .optional()
      .describe("Id of the instance pool that the driver comes from. Default: the pool of the workers."),
    initScripts: z
      .array(text)
      .max(10)
      .default([])
      .describe(
        "Scripts that each machine runs before Spark starts, in this order: /Volumes/…, a file of the workspace (/Users/…, /Shared/…) or the storage of the cloud. They run with the privileges of the cluster: only the deploying identity should be able to change them.",
      ),
    sparkConf: z
      .record(text, z.string())
      .default({})
      .describe("Settings of Spark for the whole cluster; a secret as `{{secrets/<scope>/<key>}}`."),
    diskGb: z
      .number()
      .int()
      .min(100)
      .optional()
      .describe("AWS, Google Cloud: disk of each machine in GB. Default: the disks that the machine type has."),
    policy: z
      .union([z.literal("create"), z.literal("none"), z.strictObject({ id: text.describe("Id of a cluster policy.") })])
      .default("create")
      .describe("Cluster policy: create one, use an existing one by id, or none."),
  }),
  z.strictObject({
    kind: z.literal("serverless").describe("Databricks manages the compute; no sizes to choose."),
    performanceTarget: z
      .enum(["STANDARD", "PERFORMANCE_OPTIMIZED"])
      .optional()
      .describe("STANDARD is cheaper and starts in minutes. Default: the platform's."),
    usagePolicy: text
      .optional()
      .describe(
        "Id of the serverless usage policy (earlier: budget policy) by which runs are attributed. Default: the platform's.",
      ),
  }),
  z.strictObject({
    kind: z.literal("existing_cluster").describe("An existing all-purpose cluster."),
    clusterId: text.describe("Id of the cluster."),
  }),
]);
/** Compute of an environment, as it is read. */
export type ComputeConfig = EnvironmentConfig["compute"];
