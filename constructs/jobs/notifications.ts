import type { JobConfig } from "@cdktf/provider-databricks/lib/job";
import { Fn, Token } from "cdktf";
import { UserError } from "../internal/check";
import type { PipelineJobProps } from "./props";

/**
 * Ids in their order, which is the provider's own: in any other, every plan would show a difference. What is known only at
 * apply is sorted by Terraform.
 *
 * @throws UserError where a known id would stand in such an expression and could be more than an id
 */
export function sortedIds(ids: readonly string[]): string[] {
  if (ids.length < 2 || !ids.some((id) => Token.isUnresolved(id))) return [...ids].sort();
  const strange = ids.find((id) => !Token.isUnresolved(id) && !/^[\w-]+$/.test(id));
  if (strange !== undefined)
    throw new UserError(
      `webhook "${strange}" is no id of a notification destination; beside destinations that the stack makes, allowed are letters, digits, _ and -`,
    );
  const sorted = Fn.sort([...ids]);
  return ids.map((_, at) => Token.asString(Fn.element(sorted, at)));
}

/** Recipients of notifications about failed and long runs; nobody is notified of skipped and cancelled ones. */
export function notificationBlocks(
  notifications: PipelineJobProps["notifications"] = { onFailure: [], webhooks: [] },
): Pick<JobConfig, "emailNotifications" | "webhookNotifications" | "notificationSettings"> {
  const emails = [...notifications.onFailure].sort();
  const success = [...(notifications.onSuccess ?? [])].sort();
  const webhooks = sortedIds(notifications.webhooks).map((id) => ({ id }));
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
