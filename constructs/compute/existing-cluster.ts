import type { ComputeBinding, ICompute } from "./compute";

/**
 * A cluster that exists already and is managed elsewhere.
 *
 * @example
 * new MedallionPipeline(this, "Shop", { document, environment, compute: new ExistingCluster("0709-132523-cnhxf2p6") });
 */
export class ExistingCluster implements ICompute {
  readonly kind = "existing_cluster";

  constructor(readonly clusterId: string) {}

  bind(wheelPath: string): ComputeBinding {
    return { job: {}, task: { existingClusterId: this.clusterId, library: [{ whl: wheelPath }] } };
  }
}
