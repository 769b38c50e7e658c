import type { JobConfig } from "@cdktf/provider-databricks/lib/job";
import type { TriggerConfig } from "../../spec";

/** The block of the job that starts it; none where it is started by hand. */
export function triggerBlock(
  trigger: TriggerConfig,
  options: { readonly paused: boolean; readonly landingUrl: string },
): Pick<JobConfig, "schedule" | "trigger" | "continuous"> {
  const pauseStatus = options.paused ? "PAUSED" : "UNPAUSED";
  if ("schedule" in trigger) {
    return {
      schedule: { quartzCronExpression: trigger.schedule.cron, timezoneId: trigger.schedule.timeZone, pauseStatus },
    };
  }
  if ("periodic" in trigger) return { trigger: { periodic: trigger.periodic, pauseStatus } };
  if ("fileArrival" in trigger) {
    const { minTimeBetweenTriggersSeconds } = trigger.fileArrival;
    // The platform wants the slash at the end, and a quiet minute so that a batch of files is one run.
    return {
      trigger: {
        fileArrival: { url: `${options.landingUrl}/`, minTimeBetweenTriggersSeconds, waitAfterLastChangeSeconds: 60 },
        pauseStatus,
      },
    };
  }
  if ("tableUpdate" in trigger) {
    return {
      trigger: {
        tableUpdate: {
          tableNames: [...trigger.tableUpdate.tables].sort(),
          condition: trigger.tableUpdate.condition === "all" ? "ALL_UPDATED" : "ANY_UPDATED",
          minTimeBetweenTriggersSeconds: trigger.tableUpdate.minTimeBetweenTriggersSeconds,
        },
        pauseStatus,
      },
    };
  }
  return "continuous" in trigger ? { continuous: { pauseStatus } } : {};
}
