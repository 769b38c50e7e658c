import { ExternalLocation } from "@cdktf/provider-databricks/lib/external-location";
import { StorageCredential } from "@cdktf/provider-databricks/lib/storage-credential";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { identityFault, isStorage, STORAGE_RULE, type StorageCredentialConfig } from "../../spec";
import { identityBlock } from "../clouds/identity";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";

/** Properties of an `ExternalStorage`. */
export interface ExternalStorageProps {
  /** Name of the external location, and of the credential if one is made: both are names of the whole metastore. */
  readonly name: string;
  /** Folder in a bucket or container that exists. */
  readonly url: string;
  /** An identity of the cloud, for which a credential is made, or the name of a credential that is there. */
  readonly credential: StorageCredentialConfig;
  /** @default - none */
  readonly comment?: string;
  /** Nobody writes there by way of Databricks. @default false */
  readonly readOnly?: boolean;
}

const RULES: readonly Rule<ExternalStorageProps>[] = [
  [(p) => !isStorage(p.url), (p) => `url "${p.url}": ${STORAGE_RULE}`],
  [
    (p) => identityFault(p.credential) !== undefined,
    (p) => `${identityFault(p.credential)?.key}: ${identityFault(p.credential)?.fault}`,
  ],
];

/**
 * A bucket or container of your own, made known to Unity Catalog: a storage credential and an external location.
 *
 * @example
 * new ExternalStorage(this, "Landing", {
 *   name: "shop-landing",
 *   url: "s3://my-bucket/landing",
 *   credential: { roleArn: "arn:aws:iam::123456789012:role/medallion-landing" },
 * });
 */
export class ExternalStorage extends Construct {
  readonly resource: ExternalLocation;
  /** The credential, where it is made here. */
  readonly credential?: StorageCredential;

  constructor(scope: Construct, id: string, props: ExternalStorageProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "external location", props.name);
    const { credential, name, comment, readOnly } = props;
    if (!("name" in credential)) {
      claim(this, "storage credential", name);
      this.credential = new StorageCredential(this, "Credential", {
        ...identityBlock(credential),
        name,
        comment,
        readOnly,
      });
      if ("databricksServiceAccount" in credential)
        new TerraformOutput(this, "ServiceAccount", {
          value: this.credential.databricksGcpServiceAccount.email,
          description: "The service account that needs access to the bucket.",
        });
    }
    this.resource = new ExternalLocation(this, "Resource", {
      name,
      url: props.url,
      credentialName: this.credential?.name ?? ("name" in credential ? credential.name : name),
      comment,
      readOnly,
    });
  }
}
