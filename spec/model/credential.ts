import { z } from "zod";
import type { EnvironmentConfig } from "../generated/config-types";
import { text } from "./names";

const roleArn = text.describe("AWS: ARN of the IAM role that Unity Catalog assumes.");
const accessConnectorId = text.describe("Azure: resource id of the access connector for Databricks.");
const databricksServiceAccount = z
  .literal(true)
  .describe("Google Cloud: a service account that Databricks creates; its address is an output of the stack.");

/** Identity of Unity Catalog towards the cloud: made here, one way per cloud, or a credential that is there already. */
export const storageCredential = z.union([
  z.strictObject({ name: text.describe("Use the storage credential of this name.") }),
  z.strictObject({ roleArn }),
  z.strictObject({ accessConnectorId }),
  z.strictObject({ databricksServiceAccount }),
]);
/** Credential of external storage, as it is read. */
export type StorageCredentialConfig = Extract<
  NonNullable<EnvironmentConfig["landing"]>,
  { external: unknown }
>["external"]["credential"];

/** A service credential, for services of the cloud such as Kafka. */
export const serviceCredential = z.union([
  z.strictObject({
    existing: z.literal(true).describe("It exists, and its use is granted elsewhere."),
  }),
  z.strictObject({ roleArn }),
  z.strictObject({ accessConnectorId }),
  z.strictObject({ databricksServiceAccount }),
]);
/** Service credential of an environment, as it is read. */
export type ServiceCredentialConfig = EnvironmentConfig["serviceCredentials"][string];

export const landingConfig = z.union([
  z.strictObject({ volume: text.describe("catalog.schema.volume of an existing volume.") }),
  z.strictObject({
    external: z
      .strictObject({
        url: text.describe(
          "Folder in a bucket or container that exists: `s3://bucket/landing`, `abfss://…`, `gs://…`.",
        ),
        credential: storageCredential.describe(
          "Credential by which Unity Catalog accesses it: exactly one of these keys.",
        ),
        readOnly: z.boolean().default(true).describe("true: Databricks never writes there."),
      })
      .describe("An external volume on a bucket or container of your own."),
  }),
]);
