import type { Cloud } from "./model/environment";
import { show } from "./words";

/** Formats of each cloud, as far as config can be checked against them. The one file that knows them. */
export interface CloudWords {
  readonly label: string;
  readonly nodeType: RegExp;
  readonly nodeTypeExample: string;
  readonly workspaceDomain: string;
  readonly storage: RegExp;
  readonly storageExample: string;
  /** Key in config of the identity by which Unity Catalog signs in to the cloud. */
  readonly identity: "roleArn" | "accessConnectorId" | "databricksServiceAccount";
  /** Block of an init script that lies in storage. */
  readonly initScript: "s3" | "abfss" | "gcs";
  /** True if a cluster may name its zone, and have disks of a given size. */
  readonly zone: boolean;
  readonly disk: boolean;
}

/** Terms of each cloud, for messages. */
export const CLOUD_WORDS: Readonly<Record<Cloud, CloudWords>> = {
  aws: {
    label: "AWS",
    nodeType: /^[a-z][a-z0-9-]*\.(metal(-\d+xl)?|\d*x?large|medium|small)$/,
    nodeTypeExample: "m6gd.large",
    workspaceDomain: "cloud.databricks.com",
    storage: /^s3:\/\/[^/]+(\/|$)/,
    storageExample: "s3://bucket/folder",
    identity: "roleArn",
    initScript: "s3",
    zone: true,
    disk: true,
  },
  azure: {
    label: "Azure",
    nodeType: /^Standard_[A-Z][A-Za-z0-9_]*$/,
    nodeTypeExample: "Standard_D4ds_v5",
    workspaceDomain: "azuredatabricks.net",
    storage: /^abfss:\/\/[^@/]+@[^/]+(\/|$)/,
    storageExample: "abfss://container@account.dfs.core.windows.net/folder",
    identity: "accessConnectorId",
    initScript: "abfss",
    zone: false,
    disk: false,
  },
  gcp: {
    label: "Google Cloud",
    nodeType: /^[a-z][a-z0-9]*-[a-z]+-\d+[a-z]?(-[a-z0-9]+)*$/,
    nodeTypeExample: "n2-standard-4",
    workspaceDomain: "gcp.databricks.com",
    storage: /^gs:\/\/[^/]+(\/|$)/,
    storageExample: "gs://bucket/folder",
    identity: "databricksServiceAccount",
    initScript: "gcs",
    zone: true,
    disk: true,
  },
};

/** The cloud that a workspace address belongs to, if its domain says so. */
export function cloudOfHost(host: string): Cloud | undefined {
  const name = /^https:\/\/(?:[^@/]*@)?([^/:]+)/.exec(host)?.[1] ?? "";
  if (name.endsWith(".azuredatabricks.net")) return "azure";
  if (name.endsWith(".gcp.databricks.com")) return "gcp";
  return name.endsWith(".cloud.databricks.com") ? "aws" : undefined;
}

/** Description of a valid storage address. */
export const STORAGE_RULE = `a cloud address such as ${Object.values(CLOUD_WORDS)
  .map(({ storageExample }) => storageExample)
  .join(", ")}`;

/** Return whether a text is an address of storage, of whatever cloud. */
export function isStorage(address: string): boolean {
  return !/\s/.test(address) && Object.values(CLOUD_WORDS).some(({ storage }) => storage.test(address));
}

/** Returns the fault of a cloud identity, with the key that names it; nothing for one that has no form. */
export function identityFault(identity: object): { readonly key: string; readonly fault: string } | undefined {
  for (const [key, { form, rule }] of Object.entries(IDENTITIES)) {
    const value: unknown = Reflect.get(identity, key);
    if (typeof value === "string" && !form.test(value)) return { key, fault: `found ${show(value)}; allowed: ${rule}` };
  }
  return undefined;
}

const IDENTITIES = {
  roleArn: { form: /^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/, rule: "arn:aws:iam::<account>:role/<name>" },
  accessConnectorId: {
    form: /\/accessConnectors\/[^/]+$/i,
    rule: "the resource id, /subscriptions/…/providers/Microsoft.Databricks/accessConnectors/<name>",
  },
};
