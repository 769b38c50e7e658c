import { DatabricksProvider } from "@cdktf/provider-databricks/lib/provider";
import {
  Aspects,
  AzurermBackend,
  GcsBackend,
  LocalBackend,
  S3Backend,
  type TerraformBackend,
  TerraformStack,
} from "cdktf";
import type { Construct } from "constructs";
import type { BackendConfig } from "../spec";
import { check, type Rule } from "./internal/check";
import { literalTexts } from "./internal/literal";
import type { Mode } from "./internal/modes";
import { PolicyAspect } from "./policy/policy-aspect";
import type { PolicyRule } from "./policy/rule";

/** Versions of the provider that the constructs work with; 1.114.0 broke states. */
export const PROVIDER_RANGE = ">= 1.99.0, != 1.114.0, < 2.0.0";
/** The version that is tested. */
export const PROVIDER_VERSION = "1.113.0";

/** Properties of a `MedallionStack`. */
export interface MedallionStackProps {
  /** Workspace address or profile, never credentials: those come from the environment. @default - both from the environment */
  readonly workspace?: { readonly host?: string; readonly profile?: string };
  /** Storage of Terraform's state. @default - a file on this machine */
  readonly backend?: BackendConfig;
  /** Names this stack's state within the backend: `retail/dev-aws`. @default - the id of the stack */
  readonly stateKey?: string;
  /** Version or range of the Databricks provider. @default - PROVIDER_RANGE */
  readonly providerVersion?: string;
  /** In production, what does not keep a policy is an error; else a warning. @default development */
  readonly mode?: Mode;
  /** Rules that every resource must follow. @default - all policies of this package */
  readonly policies?: readonly PolicyRule[];
}

const RULES: readonly Rule<MedallionStackProps>[] = [
  [
    (p) => p.workspace?.host !== undefined && !/^https:\/\/[^/\s?#@]+\/?$/.test(p.workspace.host),
    (p) =>
      `workspace host "${p.workspace?.host}": https:// and the name of the workspace, nothing more (credentials come from the environment)`,
  ],
  [
    (p) => p.workspace?.host !== undefined && p.workspace.profile !== undefined,
    () => "workspace host and profile exclude each other: a profile names its own host",
  ],
  [
    (p) => p.stateKey !== undefined && !/^[\w-]+(\/[\w-]+)*$/.test(p.stateKey),
    (p) => `stateKey "${p.stateKey}": words of letters, digits, _ and -, joined by /`,
  ],
];

/**
 * A stack with the Databricks provider and a backend. Nothing in it needs credentials before Terraform runs.
 *
 * @example
 * const stack = new MedallionStack(app, "prod-aws", {
 *   mode: "production",
 *   backend: { s3: { bucket: "my-terraform-state", region: "eu-central-1" } },
 * });
 */
export class MedallionStack extends TerraformStack {
  readonly provider: DatabricksProvider;

  constructor(scope: Construct, id: string, props: MedallionStackProps = {}) {
    super(scope, id);
    check(this, props, RULES);
    this.provider = new DatabricksProvider(this, "databricks", {
      host: props.workspace?.host,
      profile: props.workspace?.profile,
    });
    literalTexts(this.provider);
    // The generated bindings pin the provider that they were generated from; what runs is decided here.
    this.addOverride("terraform.required_providers.databricks.version", props.providerVersion ?? PROVIDER_RANGE);
    this.addOverride("terraform.required_version", ">= 1.10.0");
    Aspects.of(this).add(new PolicyAspect({ mode: props.mode ?? "development", rules: props.policies }));
    literalTexts(makeBackend(this, props.backend ?? { local: {} }, props.stateKey ?? id));
  }
}

function makeBackend(stack: TerraformStack, backend: BackendConfig, stateKey: string): TerraformBackend {
  if ("s3" in backend) {
    const { bucket, region, key } = backend.s3;
    const s3 = new S3Backend(stack, { bucket, region, key: key ?? `medallion/${stateKey}.tfstate`, encrypt: true });
    // cdktf's S3 backend is older than lock files in the bucket.
    s3.addOverride("use_lockfile", true);
    return s3;
  }
  if ("azurerm" in backend) {
    const { resourceGroupName, storageAccountName, containerName, key } = backend.azurerm;
    return new AzurermBackend(stack, {
      resourceGroupName,
      storageAccountName,
      containerName,
      key: key ?? `medallion/${stateKey}.tfstate`,
    });
  }
  if ("gcs" in backend) {
    const { bucket, prefix } = backend.gcs;
    return new GcsBackend(stack, { bucket, prefix: prefix ?? `medallion/${stateKey}` });
  }
  // Terraform runs in cdktf.out/stacks/<stack>, which is made anew at every synth; state must lie outside of it.
  return new LocalBackend(stack, { path: backend.local.path ?? `../../../terraform.tfstate.d/${stateKey}.tfstate` });
}
