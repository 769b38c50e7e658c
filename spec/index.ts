/** The wanted config, checked and typed. Other packages import this file only. */

export { refreshFault, unsupportedByDeclarative } from "./checks/declarative";
export { isPrivateFolder, PRIVATE_FOLDER_RULE } from "./checks/environment-production";
export { nameFault } from "./checks/names";
export { CLOUD_WORDS, type CloudWords, identityFault, isStorage, STORAGE_RULE } from "./clouds";
export { CLUSTER_FAULTS, initScriptKind, initScriptRule, type Workers } from "./clusters";
export { type DocumentInput, defineDocument, defineEnvironment, type EnvironmentInput } from "./define";
export { CONFIG_FAULTS, type ConfigFaultCode, type FaultMeaning } from "./fault-codes";
export { ConfigError, type Fault, formatFault } from "./faults";
export type { DashboardInput, PipelineInput, TopicInput } from "./generated/config-types";
export { JOB_FAULTS, type Layout, layoutOf } from "./jobs";
export { loadProject } from "./load";
export { type ComputeConfig, computeConfig } from "./model/compute";
export type { ServiceCredentialConfig, StorageCredentialConfig } from "./model/credential";
export { type Dashboard, type DashboardConfig, dashboardConfig, type WidgetConfig } from "./model/dashboard";
export { type DestinationConfig, destinationConfig } from "./model/destination";
export { type PipelineDocument, pipelineDocument } from "./model/document";
export {
  type BackendConfig,
  backendConfig,
  type Cloud,
  type EnvironmentConfig,
  environmentConfig,
  LAYERS,
  type Layer,
  leastAutoStop,
  METASTORE_STORAGE,
  WAREHOUSE_SIZES,
  WAREHOUSE_TYPES,
} from "./model/environment";
export { type GoldInput, type GoldModel, goldModel } from "./model/gold";
export { jobConfig, type TriggerConfig, triggerConfig } from "./model/job";
export { APPLICATION_ID, NAME, NAME_RULE } from "./model/names";
export { type PipelineConfig, pipelineConfig } from "./model/pipeline";
export { type KafkaSource, type QualityRule, type Topic, type TopicConfig, topicConfig } from "./model/topic";
export { type Project, toDocument } from "./project";
export { findSecret, SECRET_RULE, secretIn } from "./secrets";
export { type Action, EVENTS, PARAMETER_MEANINGS, PARAMETERS, type ParameterName, VOCABULARY } from "./vocabulary";
export { counted } from "./words";
