import type { ComputeBinding, ICompute } from "./compute";

/** Key of the one environment; version 5 is Python 3.12, version 1 would ignore the dependencies without a word. */
const ENVIRONMENT_KEY = "medallion";
const ENVIRONMENT_VERSION = "5";

/** Properties of `Serverless` compute. */
export interface ServerlessProps {
  /** STANDARD is cheaper and starts within minutes. @default - the workspace's, PERFORMANCE_OPTIMIZED */
  readonly performanceTarget?: "STANDARD" | "PERFORMANCE_OPTIMIZED";
  /** Id of the usage policy (earlier: budget policy) by which runs are attributed. @default - the workspace's */
  readonly usagePolicy?: string;
}

/**
 * Serverless compute: nothing to make, an environment with the library on the job.
 *
 * @example
 * const compute = new Serverless({ performanceTarget: "STANDARD" });
 */
export class Serverless implements ICompute {
  readonly kind = "serverless";

  constructor(readonly props: ServerlessProps = {}) {}

  bind(wheelPath: string): ComputeBinding {
    return {
      job: {
        performanceTarget: this.props.performanceTarget,
        // The platform has renamed budget policies to usage policies; the argument of the provider has the older name.
        budgetPolicyId: this.props.usagePolicy,
        environment: [
          {
            environmentKey: ENVIRONMENT_KEY,
            spec: { environmentVersion: ENVIRONMENT_VERSION, dependencies: [wheelPath] },
          },
        ],
      },
      // Serverless would retry on its own account, also what failed for its data; retries are set on the task instead.
      task: { environmentKey: ENVIRONMENT_KEY, disableAutoOptimization: true },
    };
  }
}
