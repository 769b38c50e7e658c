import type { JobConfig, JobTask } from "@cdktf/provider-databricks/lib/job";

/** Settings by which a job runs on some compute. */
export interface ComputeBinding {
  /** Settings of the job itself: shared clusters, environments. */
  readonly job: Pick<JobConfig, "jobCluster" | "environment" | "performanceTarget" | "budgetPolicyId">;
  /** Settings of every task: its compute, and the library. */
  readonly task: Pick<
    JobTask,
    "jobClusterKey" | "existingClusterId" | "environmentKey" | "library" | "disableAutoOptimization"
  >;
}

/** Compute for the tasks of a job. */
export interface ICompute {
  readonly kind: "job_cluster" | "serverless" | "existing_cluster";
  /** Binds a job whose code is this wheel. */
  bind(wheelPath: string): ComputeBinding;
}
