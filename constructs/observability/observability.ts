import { WorkspaceFile } from "@cdktf/provider-databricks/lib/workspace-file";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Dashboard, EnvironmentConfig } from "../../spec";
import type { ISchema } from "../catalog/schema";
import { type IWorkspaceFolder, inFolder } from "../code/workspace-folder";
import { type IWarehouse, Warehouse } from "../compute/warehouse";
import { textAsset } from "../internal/asset-file";
import { literalTexts } from "../internal/literal";
import { Permissions } from "../internal/permissions";
import { PipelineAlerts } from "./pipeline-alerts";
import { PipelineDashboard } from "./pipeline-dashboard";

/** Properties of `Observability`. */
export interface ObservabilityProps {
  /** Of the pipeline and its environment: `retail-prod-aws`. */
  readonly name: string;
  readonly environment: Pick<EnvironmentConfig, "mode" | "observability" | "notifications" | "roles" | "runAs">;
  /** As in config/dashboards. */
  readonly dashboards: readonly Dashboard[];
  readonly schemas: { readonly gold: ISchema; readonly ops: ISchema };
  /** Without one there are neither dashboards nor alerts. */
  readonly warehouse?: IWarehouse;
  /** Folder of the pipeline's code in the workspace. */
  readonly folder: IWorkspaceFolder;
  readonly jobUrl: string;
  /** Alerts are deployed paused. */
  readonly paused: boolean;
  /** Resources that must exist before: grants. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Dashboards and alerts of a pipeline, as far as its environment has them; and their definitions as a file, for the local report.
 *
 * @example
 * const { value } = defineEnvironment(
 *   { name: "dev", cloud: "aws", mode: "development", catalog: { name: "sales" }, compute: { kind: "serverless" } },
 *   document,
 * );
 * if (value !== undefined)
 *   new Observability(this, "Observability", {
 *     name: "shop-dev",
 *     environment: value,
 *     dashboards: [],
 *     schemas: pipeline.schemas,
 *     warehouse: pipeline.warehouse,
 *     folder: WorkspaceFolder.fromPath("/Shared/medallion/shop"),
 *     jobUrl: job.resource.url,
 *     paused: true,
 *     dependsOn: [],
 *   });
 */
export class Observability extends Construct {
  readonly dashboards: readonly PipelineDashboard[];
  readonly alerts?: PipelineAlerts;
  /** Not there where no dashboard is defined. */
  readonly definitions?: WorkspaceFile;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    literalTexts(this);
    this.definitions = this.makeDefinitions(props);
    const { warehouse, environment } = props;
    const { observability, mode } = environment;
    // Alerts wake the warehouse at every evaluation, so by themselves they are made in production only.
    const wantsAlerts = observability.alerts ?? mode === "production";
    const wantsDashboards = (observability.dashboards ?? true) && props.dashboards.length > 0;
    this.dashboards = warehouse !== undefined && wantsDashboards ? this.makeDashboards(props, warehouse) : [];
    this.alerts = warehouse !== undefined && wantsAlerts ? this.makeAlerts(props, warehouse) : undefined;
    if (this.dashboards.length > 0 || this.alerts !== undefined) this.makeWarehouseAccess(props);
  }

  private makeDefinitions({ dashboards, folder }: ObservabilityProps): WorkspaceFile | undefined {
    if (dashboards.length === 0) return undefined;
    const text = `${JSON.stringify({ dashboards }, null, 2)}\n`;
    return new WorkspaceFile(this, "Definitions", {
      path: `${folder.path}/dashboards.json`,
      source: textAsset(this, "DefinitionsAsset", "dashboards.json", text).path,
      ...inFolder(folder),
    });
  }

  private makeDashboards(props: ObservabilityProps, warehouse: IWarehouse): PipelineDashboard[] {
    const { environment, schemas, folder, dependsOn } = props;
    const { reader, engineer, operator } = environment.roles;
    return props.dashboards.map((definition) => {
      // Readers get silver and gold only; a dashboard on ops would show them errors.
      const onOps = Object.values(definition.datasets).some((sql) => /\{\s*ops\s*\}/.test(sql));
      return new PipelineDashboard(this, `Dashboard-${definition.name}`, {
        definition,
        suffix: props.name,
        schemas: { gold: schemas.gold.fullReference, ops: schemas.ops.fullReference },
        warehouse,
        folder,
        readers: unique(onOps ? [...engineer, ...operator] : [...reader, ...engineer, ...operator]),
        dependsOn,
      });
    });
  }

  private makeAlerts(props: ObservabilityProps, warehouse: IWarehouse): PipelineAlerts {
    const { checkMinutes, freshnessHours } = props.environment.observability;
    return new PipelineAlerts(this, "Alerts", {
      name: props.name,
      ops: props.schemas.ops.fullReference,
      warehouse,
      folder: props.folder,
      jobUrl: props.jobUrl,
      checkMinutes,
      freshnessHours,
      notifications: props.environment.notifications,
      runAs: props.environment.runAs?.servicePrincipal,
      paused: props.paused,
      dependsOn: props.dependsOn,
    });
  }

  /** Lets readers of dashboards and the identity of alerts use the warehouse. An existing one belongs to somebody else. */
  private makeWarehouseAccess({ warehouse, environment: { roles, runAs } }: ObservabilityProps): void {
    if (!(warehouse instanceof Warehouse)) return;
    const { reader, engineer, operator, service } = roles;
    const servicePrincipals = runAs === undefined ? [] : [runAs.servicePrincipal];
    const principals = unique([...reader, ...engineer, ...operator, ...service, ...servicePrincipals]);
    if (principals.length === 0) return;
    new Permissions(this, "WarehouseAccess", {
      object: { sqlEndpointId: warehouse.id },
      permissionLevels: Object.fromEntries(principals.map((principal) => [principal, "CAN_USE"])),
      servicePrincipals,
    });
  }
}

function unique(principals: readonly string[]): string[] {
  return [...new Set(principals)];
}
