import { ClusterPolicy as ClusterPolicyResource } from "@cdktf/provider-databricks/lib/cluster-policy";
import type { JobJobClusterNewCluster } from "@cdktf/provider-databricks/lib/job";
import { Construct } from "constructs";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";
import { clusterAttributes, type PolicyDefinition, policyViolations } from "./policy-definition";

/** A cluster policy, made here or existing. */
export interface IClusterPolicy {
  readonly id: string;
  /** Known for a policy that is made here: clusters are checked against it at synth. */
  readonly definition?: PolicyDefinition;
}

/** Properties of a `ClusterPolicy`. */
export interface ClusterPolicyProps {
  readonly name: string;
  readonly definition: PolicyDefinition;
  /** @default - none */
  readonly description?: string;
}

const RULES: readonly Rule<ClusterPolicyProps>[] = [
  [(p) => p.name.trim() === "" || p.name.length > 100, (p) => `policy name "${p.name}": between 1 and 100 characters`],
  [
    (p) => Object.keys(p.definition).length === 0,
    () => "a policy without a rule would allow everything; name at least one attribute",
  ],
];

/**
 * Makes a cluster policy.
 *
 * @example
 * new ClusterPolicy(this, "Policy", {
 *   name: "small-jobs",
 *   definition: { num_workers: { type: "range", maxValue: 4 } },
 * });
 * const existing = ClusterPolicy.fromId("D96308F1BF0003A8");
 */
export class ClusterPolicy extends Construct implements IClusterPolicy {
  /** A policy that exists already; what it allows is known in the workspace only. */
  static fromId(id: string): IClusterPolicy {
    return { id };
  }

  readonly resource: ClusterPolicyResource;
  readonly definition: PolicyDefinition;

  constructor(scope: Construct, id: string, props: ClusterPolicyProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "cluster policy", props.name);
    this.definition = props.definition;
    this.resource = new ClusterPolicyResource(this, "Resource", {
      name: props.name,
      description: props.description,
      definition: JSON.stringify(props.definition, null, 2),
    });
  }

  get id(): string {
    return this.resource.id;
  }
}

/** Lists the settings of a cluster that a policy does not allow. */
export function checkCluster(cluster: JobJobClusterNewCluster, policy: IClusterPolicy): string[] {
  return policy.definition === undefined ? [] : policyViolations(clusterAttributes(cluster), policy.definition);
}
