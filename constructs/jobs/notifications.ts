import type { JobConfig } from "@cdktf/provider-databricks/lib/job";
import type { PipelineJobProps } from "./pipeline-job";

/** Who is told when a run fails or takes too long; skipped and cancelled runs are nobody's alarm. */
export function notificationBlocks(
  notifications: PipelineJobProps["notifications"] = { onFailure: [], webhooks: [] },
): Pick<JobConfig, "emailNotifications" | "webhookNotifications" | "notificationSettings"> {
  const emails = [...notifications.onFailure].sort();
  const success = [...(notifications.onSuccess ?? [])].sort();
  const webhooks = [...notifications.webhooks].sort().map((id) => ({ id }));
  if (emails.length + success.length + webhooks.length === 0) return {};
  return {
    emailNotifications:
      emails.length + success.length === 0
        ? undefined
        : {
            ...(emails.length === 0 ? {} : { onFailure: emails, onDurationWarningThresholdExceeded: emails }),
            ...(success.length === 0 ? {} : { onSuccess: success }),
          },
    webhookNotifications:
      webhooks.length === 0 ? undefined : { onFailure: webhooks, onDurationWarningThresholdExceeded: webhooks },
    notificationSettings: { noAlertForSkippedRuns: true, noAlertForCanceledRuns: true },
  };
}
