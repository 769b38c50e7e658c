import { Dashboard as DashboardResource } from "@cdktf/provider-databricks/lib/dashboard";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Dashboard } from "../../spec";
import type { IWorkspaceFolder } from "../code/workspace-folder";
import type { IWarehouse } from "../compute/warehouse";
import { check, type Rule } from "../internal/check";
import { literalTexts } from "../internal/literal";
import { Permissions } from "../internal/permissions";
import { lakeview, type SchemaNames } from "./lakeview";

/** Properties of a `PipelineDashboard`. */
export interface PipelineDashboardProps {
  /** Contents of the dashboard: as in config/dashboards. */
  readonly definition: Dashboard;
  /** Suffix of its title, such as the environment. @default - nothing */
  readonly suffix?: string;
  /** Names of the schemas that it reads, as SQL writes them: `catalog.gold`. */
  readonly schemas: SchemaNames;
  /** Runs its queries. */
  readonly warehouse: IWarehouse;
  /** Folder in the workspace. */
  readonly folder: IWorkspaceFolder;
  /** Principals that may open it; they see the data that they may read. @default - who deploys it */
  readonly readers?: readonly string[];
  /** Resources that must exist before it, beside its folder. */
  readonly dependsOn?: readonly ITerraformDependable[];
}

const RULES: readonly Rule<PipelineDashboardProps>[] = [
  [
    (p) => p.definition.widgets.some(({ dataset }) => p.definition.datasets[dataset] === undefined),
    (p) => {
      const names = Object.keys(p.definition.datasets);
      const lost = p.definition.widgets.filter(({ dataset }) => !names.includes(dataset));
      return `dashboard ${p.definition.name}: no dataset ${lost.map(({ dataset }) => `"${dataset}"`).join(", ")}; there are: ${names.join(", ")}`;
    },
  ],
];

/**
 * An AI/BI dashboard, published so that everybody sees with their own permissions.
 *
 * @example
 * new PipelineDashboard(this, "Kpis", {
 *   definition: {
 *     name: "kpis",
 *     title: "Shop KPIs",
 *     datasets: { days: "SELECT day, revenue FROM {gold}.daily_kpis ORDER BY day" },
 *     widgets: [{ kind: "counter", title: "Revenue", dataset: "days", value: "revenue", format: "number" }],
 *   },
 *   schemas: { gold: "sales.gold", ops: "sales.ops" },
 *   warehouse: Warehouse.fromId("1234567890abcdef"),
 *   folder: WorkspaceFolder.fromPath("/Shared/medallion/shop"),
 * });
 */
export class PipelineDashboard extends Construct {
  readonly resource: DashboardResource;

  constructor(scope: Construct, id: string, props: PipelineDashboardProps) {
    super(scope, id);
    check(this, props, RULES);
    literalTexts(this);
    const { definition, suffix, readers = [] } = props;
    this.resource = new DashboardResource(this, "Resource", {
      displayName: [definition.title, ...(suffix === undefined ? [] : [suffix])].join(" · "),
      parentPath: props.folder.path,
      warehouseId: props.warehouse.id,
      serializedDashboard: lakeview(definition, props.schemas),
      // With the publisher's credentials, every viewer would see what the publisher may see.
      embedCredentials: false,
      dependsOn: [...props.folder.dependables, ...(props.dependsOn ?? [])],
    });
    if (readers.length > 0) {
      new Permissions(this, "Access", {
        object: { dashboardId: this.resource.id },
        permissionLevels: Object.fromEntries(readers.map((principal) => [principal, "CAN_READ"])),
      });
    }
  }
}
