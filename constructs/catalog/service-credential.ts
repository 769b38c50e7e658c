import { Credential } from "@cdktf/provider-databricks/lib/credential";
import { Grant } from "@cdktf/provider-databricks/lib/grant";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { identityFault } from "../../spec";
import { type Identity, identityBlock } from "../clouds/identity";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";
import { principalId } from "../internal/principals";
import { movedFromNumbers } from "../internal/state";

/** Properties of a `ServiceCredential`. */
export interface ServiceCredentialProps {
  readonly name: string;
  readonly identity: Identity;
  /** Principals that may use it: users, groups, application ids of service principals. */
  readonly principals: readonly string[];
}

const RULES: readonly Rule<ServiceCredentialProps>[] = [
  [
    (p) => identityFault(p.identity) !== undefined,
    (p) => `${identityFault(p.identity)?.key}: ${identityFault(p.identity)?.fault}`,
  ],
];

/**
 * A Unity Catalog service credential: services of the cloud, such as Kafka, without any secret.
 *
 * @example
 * new ServiceCredential(this, "Msk", {
 *   name: "msk",
 *   identity: { roleArn: "arn:aws:iam::123456789012:role/msk-reader" },
 *   principals: ["data-engineers"],
 * });
 */
export class ServiceCredential extends Construct {
  readonly resource: Credential;
  readonly grants: readonly Grant[];

  constructor(scope: Construct, id: string, props: ServiceCredentialProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "service credential", props.name);
    this.resource = new Credential(this, "Resource", {
      ...identityBlock(props.identity),
      name: props.name,
      purpose: "SERVICE",
      comment: "Signs in to Kafka without a secret.",
    });
    this.grants = [...new Set(props.principals)].sort().map(
      (principal) =>
        new Grant(this, `Grant-${principalId(this, principal)}`, {
          credential: this.resource.name,
          principal,
          privileges: ["ACCESS"],
        }),
    );
    movedFromNumbers(this, "Grant", this.grants);
    if ("databricksServiceAccount" in props.identity)
      new TerraformOutput(this, "ServiceAccount", {
        value: this.resource.databricksGcpServiceAccount.email,
        description: "The service account that needs access to the service.",
      });
  }
}
