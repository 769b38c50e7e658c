import type { StorageCredentialConfig as StorageCredentialResource } from "@cdktf/provider-databricks/lib/storage-credential";
import type { StorageCredentialConfig } from "../../spec";

/** Identity of Unity Catalog towards the cloud: one way per cloud. */
export type Identity = Exclude<StorageCredentialConfig, { readonly name: string }>;

/** The identity as storage credentials and service credentials write it. */
export function identityBlock(
  identity: Identity,
): Pick<StorageCredentialResource, "awsIamRole" | "azureManagedIdentity" | "databricksGcpServiceAccount"> {
  if ("roleArn" in identity) return { awsIamRole: { roleArn: identity.roleArn } };
  if ("accessConnectorId" in identity)
    return { azureManagedIdentity: { accessConnectorId: identity.accessConnectorId } };
  return { databricksGcpServiceAccount: {} };
}
