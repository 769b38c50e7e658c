import {
  AlertV2,
  type AlertV2Config,
  type AlertV2EvaluationNotificationSubscriptions,
} from "@cdktf/provider-databricks/lib/alert-v2";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { IWorkspaceFolder } from "../code/workspace-folder";
import type { IWarehouse } from "../compute/warehouse";
import { check, type Rule } from "../internal/check";
import { literalTexts } from "../internal/literal";
import { addressOf } from "../internal/ownership";
import { sortedIds } from "../jobs/notifications";
import { type AlertDefinition, type AlertInput, alertDefinitions } from "./alert-definitions";

/** Minutes that a schedule can say: they divide an hour or a day. */
const INTERVALS = [5, 10, 15, 30, 60, 120, 240, 360, 720, 1440];

/** Properties of `PipelineAlerts`. */
export interface PipelineAlertsProps {
  /** Of the pipeline and its environment; begins the name of every alert. */
  readonly name: string;
  /** The ops schema as SQL names it: `catalog.ops`. */
  readonly ops: string;
  readonly warehouse: IWarehouse;
  /** Folder in the workspace. */
  readonly folder: IWorkspaceFolder;
  /** Address of the job, for the texts. */
  readonly jobUrl: string;
  /** @default 60 */
  readonly checkMinutes?: number;
  /** @default 26 */
  readonly freshnessHours?: number;
  /** Users by address, and notification destinations by id. @default - nobody is told; alerts are seen in the workspace */
  readonly notifications?: { readonly onFailure: readonly string[]; readonly webhooks: readonly string[] };
  /** Application id of the service principal that asks. @default - who deploys it */
  readonly runAs?: string;
  /** @default false */
  readonly paused?: boolean;
  /** Resources that must exist before the alerts, beside their folder. */
  readonly dependsOn?: readonly ITerraformDependable[];
}

const RULES: readonly Rule<PipelineAlertsProps>[] = [
  [
    (p) => p.checkMinutes !== undefined && !INTERVALS.includes(p.checkMinutes),
    (p) => `checkMinutes ${p.checkMinutes}: one of ${INTERVALS.join(", ")}`,
  ],
  [
    (p) => p.freshnessHours !== undefined && !(Number.isInteger(p.freshnessHours) && p.freshnessHours >= 1),
    (p) => `freshnessHours ${p.freshnessHours}: a whole number, at least 1`,
  ],
];

/**
 * Alerts for drift, quality, freshness and failed runs. Each says which action of the job to take.
 *
 * @example
 * new PipelineAlerts(this, "Alerts", {
 *   name: "shop-prod",
 *   ops: "sales.ops",
 *   warehouse: Warehouse.fromId("1234567890abcdef"),
 *   folder: WorkspaceFolder.fromPath("/Shared/medallion/shop"),
 *   jobUrl: job.resource.url,
 *   notifications: { onFailure: ["data-oncall@example.com"], webhooks: [] },
 * });
 */
export class PipelineAlerts extends Construct {
  /** By name: drift, quality, freshness, failed_runs. */
  readonly resources: Readonly<Record<string, AlertV2>>;

  constructor(scope: Construct, id: string, props: PipelineAlertsProps) {
    super(scope, id);
    check(this, props, RULES);
    literalTexts(this);
    const input: AlertInput = {
      ops: props.ops,
      checkMinutes: props.checkMinutes ?? 60,
      freshnessHours: props.freshnessHours ?? 26,
    };
    this.resources = Object.fromEntries(
      alertDefinitions(input).map((alert) => [alert.name, new AlertV2(this, alert.name, toAlert(alert, props, input))]),
    );
  }
}

function toAlert(alert: AlertDefinition, props: PipelineAlertsProps, { checkMinutes }: AlertInput): AlertV2Config {
  const subscriptions: AlertV2EvaluationNotificationSubscriptions[] = [
    ...[...(props.notifications?.onFailure ?? [])].sort().map((userEmail) => ({ userEmail })),
    ...sortedIds(props.notifications?.webhooks ?? []).map((destinationId) => ({ destinationId })),
  ];
  const folder = props.folder.resource;
  return {
    displayName: `${props.name}: ${alert.name.replaceAll("_", " ")}`,
    customSummary: `${props.name}: ${alert.summary}`,
    customDescription: `${alert.advice} The job: ${props.jobUrl}`,
    queryText: alert.query,
    warehouseId: props.warehouse.id,
    parentPath: props.folder.path,
    runAs: props.runAs === undefined ? undefined : { servicePrincipalName: props.runAs },
    evaluation: {
      source: { name: alert.column },
      comparisonOperator: "GREATER_THAN",
      threshold: { value: { doubleValue: alert.above } },
      emptyResultState: "OK",
      notification: { notifyOnOk: false, subscriptions: subscriptions.length === 0 ? undefined : subscriptions },
    },
    schedule: {
      quartzCronSchedule: cron(checkMinutes),
      timezoneId: "UTC",
      pauseStatus: props.paused ? "PAUSED" : "UNPAUSED",
    },
    dependsOn: [...props.folder.dependables, ...(props.dependsOn ?? [])],
    // The API fixes the folder of an alert when it is made, and the provider would try to change it in place. An address as
    // JSON has it: a reference with braces, as cdktf writes it, is none in this one field.
    lifecycle: folder === undefined ? undefined : { replaceTriggeredBy: [addressOf(folder)] },
  };
}

/** A few minutes past the hour, when half the world's schedules have started. */
function cron(minutes: number): string {
  if (minutes < 60) return `0 3/${minutes} * * * ?`;
  const hours = minutes / 60;
  return hours === 24 ? "0 3 0 * * ?" : `0 3 0/${hours} * * ?`;
}
