import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { Catalog } from "../catalog/catalog";
import { Grants } from "../catalog/grants";
import { type Roles, roleGrants } from "../catalog/roles";
import { Schema } from "../catalog/schema";
import { SecretScope } from "../catalog/secret-scope";
import { ServiceCredential } from "../catalog/service-credential";
import { Volume } from "../catalog/volume";
import { ClusterPolicy } from "../compute/cluster-policy";
import type { ICompute } from "../compute/compute";
import { JobCluster } from "../compute/job-cluster";
import type { DeclarativeJob } from "../declarative/declarative-job";
import type { DeclarativePipeline } from "../declarative/declarative-pipeline";
import { Permissions, type PermissionsProps } from "../internal/permissions";
import type { PipelineJob } from "../jobs/pipeline-job";
import { type Containers, mapLayers } from "./containers";
import type { Settings } from "./settings";

/** Grants by role on what is made here. */
export function makeGrants(scope: Construct, settings: Settings, containers: Containers): Grants {
  const { environment, defaults, given, services } = settings;
  const { catalog, schemas, landing, checkpoints } = containers;
  // What was given belongs to somebody else's grants, also where it is made in this stack.
  const targets = {
    catalog: given.catalog === undefined ? catalog : Catalog.fromName(catalog.name),
    schemas: mapLayers((layer) =>
      given.schemas?.[layer] === undefined ? schemas[layer] : Schema.fromName(schemas[layer].fullName),
    ),
    landing: given.landing === undefined ? landing : Volume.fromName(landing.fullName),
    checkpoints,
  };
  return new Grants(scope, "Grants", {
    grants: roleGrants({ ...environment.roles, service: services } satisfies Roles, targets, {
      engineersWrite: defaults.engineersWrite,
      declarative: environment.engine === "declarative",
    }),
  });
}

/**
 * Makes the secret scopes and service credentials that are not existing ones, usable by who the pipeline runs as.
 *
 * @returns what must be there before a run needs them
 */
export function makeCredentials(scope: Construct, { environment, services }: Settings): ITerraformDependable[] {
  const scopes = Object.entries(environment.secretScopes)
    .filter(([, how]) => how === "create")
    .map(([name]) => new SecretScope(scope, `SecretScope-${name}`, { name, readers: services }));
  const credentials = Object.entries(environment.serviceCredentials).flatMap(([name, identity]) =>
    "existing" in identity
      ? []
      : [new ServiceCredential(scope, `Credential-${name}`, { name, identity, principals: services })],
  );
  return [...scopes.flatMap(({ readers }) => readers), ...credentials.flatMap(({ grants }) => grants)];
}

/** Permission levels on the code: who it runs as manages it; nobody but who deploys it writes what runs as somebody else. */
export function codeLevels({ environment: { roles }, runsAs }: Settings): Record<string, "CAN_READ" | "CAN_MANAGE"> {
  const readers = [...roles.engineer, ...roles.operator, ...roles.service];
  return Object.fromEntries([
    ...readers.map((principal) => [principal, "CAN_READ"] as const),
    ...runsAs.map((principal) => [principal, "CAN_MANAGE"] as const),
  ]);
}

/** Lets roles see and start the job, and the identity that it runs as use the policy of the cluster that is made here. */
export function makePermissions(
  scope: Construct,
  { environment: { roles, mode }, runsAs, given }: Settings,
  parts: {
    readonly job: PipelineJob | DeclarativeJob;
    readonly declarative: DeclarativePipeline | undefined;
    readonly compute: ICompute;
  },
): void {
  const levels: Record<string, string> = Object.fromEntries([
    ...roles.engineer.map((principal) => [principal, mode === "development" ? "CAN_MANAGE" : "CAN_VIEW"]),
    ...roles.operator.map((principal) => [principal, "CAN_MANAGE_RUN"]),
  ]);
  const allow = (id: string, object: PermissionsProps["object"], who: Record<string, string>) => {
    if (Object.keys(who).length > 0)
      new Permissions(scope, id, { object, permissionLevels: who, servicePrincipals: runsAs });
  };
  allow("JobAccess", { jobId: parts.job.resource.id }, levels);
  if (parts.declarative !== undefined) {
    // Who may start the job may start the pipeline; the word for it is another.
    const renamed = Object.entries(levels).map(([who, level]) => [who, level === "CAN_MANAGE_RUN" ? "CAN_RUN" : level]);
    allow("DeclarativeAccess", { pipelineId: parts.declarative.resource.id }, Object.fromEntries(renamed));
  }
  // A shard is started by the main job, as whom that runs.
  const starters = Object.fromEntries(runsAs.map((principal) => [principal, "CAN_MANAGE_RUN"]));
  for (const [at, shard] of parts.job.shards.entries())
    allow(`ShardAccess-${at + 1}`, { jobId: shard.id }, { ...levels, ...starters });
  // What was given as compute is allowed by who made it.
  const policy = given.compute === undefined && parts.compute instanceof JobCluster ? parts.compute.policy : undefined;
  const users = Object.fromEntries(runsAs.map((principal) => [principal, "CAN_USE"]));
  if (policy instanceof ClusterPolicy) allow("PolicyAccess", { clusterPolicyId: policy.id }, users);
}
