import type { JobConfig, JobTask } from "@cdktf/provider-databricks/lib/job";

/** How a job runs on some compute. */
export interface ComputeBinding {
  /** What the job itself needs: shared clusters, environments. */
  readonly job: Pick<JobConfig, "jobCluster" | "environment" | "performanceTarget" | "budgetPolicyId">;
  /** What every task needs: where it runs, and the library. */
  readonly task: Pick<
    JobTask,
    "jobClusterKey" | "existingClusterId" | "environmentKey" | "library" | "disableAutoOptimization"
  >;
}

/** Where the tasks of a job run. */
export interface ICompute {
  readonly kind: "job_cluster" | "serverless" | "existing_cluster";
  /** Binds a job whose code is this wheel. */
  bind(wheelPath: string): ComputeBinding;
}
