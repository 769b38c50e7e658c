/** Streaming medallion pipelines on Databricks as constructs. Other packages and users import this file only. */
export { Catalog, type CatalogProps, type ICatalog } from "./catalog/catalog";
export { ExternalStorage, type ExternalStorageProps } from "./catalog/external-storage";
export { type GrantSpec, Grants, type GrantsProps, type Securable } from "./catalog/grants";
export { RegistryTable, type RegistryTableProps } from "./catalog/registry-table";
export { type Role, type Roles, type RoleTargets, roleGrants } from "./catalog/roles";
export { type ISchema, Schema, type SchemaProps } from "./catalog/schema";
export { SecretScope, type SecretScopeProps } from "./catalog/secret-scope";
export { ServiceCredential, type ServiceCredentialProps } from "./catalog/service-credential";
export { type IVolume, Volume, type VolumeProps } from "./catalog/volume";
export type { Cloud, Machines } from "./clouds/cloud";
export { CLOUDS } from "./clouds/clouds";
export { renderNotebook, TemplateError } from "./code/notebook-template";
export { NOTEBOOKS, type NotebookName, PipelineCode, type PipelineCodeProps } from "./code/pipeline-code";
export { type IWorkspaceFolder, WorkspaceFolder, type WorkspaceFolderProps } from "./code/workspace-folder";
export { ClusterPolicy, type ClusterPolicyProps, type IClusterPolicy } from "./compute/cluster-policy";
export type { ComputeBinding, ICompute } from "./compute/compute";
export { ExistingCluster } from "./compute/existing-cluster";
export { JobCluster, type JobClusterProps } from "./compute/job-cluster";
export type { PolicyDefinition, PolicyElement } from "./compute/policy-definition";
export { Serverless, type ServerlessProps } from "./compute/serverless";
export { type IWarehouse, Warehouse, type WarehouseProps } from "./compute/warehouse";
export { DeclarativeJob, type DeclarativeJobProps } from "./declarative/declarative-job";
export { DeclarativePipeline, type DeclarativePipelineProps } from "./declarative/declarative-pipeline";
export { ConstructError, UserError } from "./internal/check";
export { PipelineJob } from "./jobs/pipeline-job";
export type { PipelineJobProps } from "./jobs/props";
export { MedallionPipeline } from "./medallion-pipeline";
export { MedallionStack, type MedallionStackProps, PROVIDER_RANGE, PROVIDER_VERSION } from "./medallion-stack";
export { type AlertDefinition, alertDefinitions } from "./observability/alert-definitions";
export { lakeview } from "./observability/lakeview";
export {
  NotificationDestinations,
  type NotificationDestinationsProps,
} from "./observability/notification-destinations";
export { Observability, type ObservabilityProps } from "./observability/observability";
export { PipelineAlerts, type PipelineAlertsProps } from "./observability/pipeline-alerts";
export { PipelineDashboard, type PipelineDashboardProps } from "./observability/pipeline-dashboard";
export type * from "./pipeline/environment";
export type { MedallionPipelineProps } from "./pipeline/props";
export { POLICIES } from "./policy/policies";
export { acknowledge, PolicyAspect, type PolicyAspectProps } from "./policy/policy-aspect";
export type { DeclaredResource, PolicyRule } from "./policy/rule";
export { type Extension, reportFaults, type SynthesisVariables, synthesize } from "./synthesize";
