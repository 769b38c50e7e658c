import type { ComputeBinding, ICompute } from "./compute";

/** Key of the one environment; version 5 is Python 3.12, version 1 would ignore the dependencies without a word. */
const ENVIRONMENT_KEY = "medallion";
const ENVIRONMENT_VERSION = "5";

export interface ServerlessProps {
  /** STANDARD is cheaper and starts within minutes. @default - the workspace's, PERFORMANCE_OPTIMIZED */
  readonly performanceTarget?: "STANDARD" | "PERFORMANCE_OPTIMIZED";
}

/** Serverless compute: nothing to make, an environment with the library on the job. */
export class Serverless implements ICompute {
  readonly kind = "serverless";

  constructor(private readonly props: ServerlessProps = {}) {}

  bind(wheelPath: string): ComputeBinding {
    return {
      job: {
        performanceTarget: this.props.performanceTarget,
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
