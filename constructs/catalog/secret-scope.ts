import { SecretAcl } from "@cdktf/provider-databricks/lib/secret-acl";
import { SecretScope as SecretScopeResource } from "@cdktf/provider-databricks/lib/secret-scope";
import { Construct } from "constructs";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";
import { principalId } from "../internal/principals";
import { movedFromNumbers } from "../internal/state";

/** Properties of a `SecretScope`. */
export interface SecretScopeProps {
  readonly name: string;
  /** Principals that may read its secrets. */
  readonly readers: readonly string[];
}

const RULES: readonly Rule<SecretScopeProps>[] = [
  [
    (p) => !/^[\w.@-]{1,128}$/.test(p.name),
    (p) => `secret scope "${p.name}": letters, digits, _ . @ and -, at most 128 characters`,
  ],
];

/**
 * A secret scope. Its secrets are put in by hand (`databricks secrets put-secret`): in Terraform they would stand in the state.
 *
 * @example
 * new SecretScope(this, "Kafka", { name: "kafka", readers: ["data-engineers"] });
 */
export class SecretScope extends Construct {
  readonly resource: SecretScopeResource;
  readonly readers: readonly SecretAcl[];

  constructor(scope: Construct, id: string, props: SecretScopeProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "secret scope", props.name);
    this.resource = new SecretScopeResource(this, "Resource", { name: props.name });
    this.readers = [...new Set(props.readers)].sort().map(
      (principal) =>
        new SecretAcl(this, `Reader-${principalId(this, principal)}`, {
          scope: this.resource.name,
          principal,
          permission: "READ",
        }),
    );
    movedFromNumbers(this, "Reader", this.readers);
  }
}
