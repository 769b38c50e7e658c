import type { PipelineConfig } from "../model/pipeline";
import type { Checked } from "../reading/checked";
import { show } from "../words";
import { isUrl, URL_RULE } from "./address";
import { isTimeZone, TIME_ZONE_RULE } from "./time-zone";

/** Checks config/pipeline.yaml beyond its schema. */
export function checkPipeline({ known, report }: Checked<PipelineConfig>): void {
  const zone = known.settings?.timeZone;
  if (zone !== undefined && !isTimeZone(zone)) {
    report(["settings", "timeZone"], `found ${show(zone)}; allowed: ${TIME_ZONE_RULE}`);
  }
  const webhook = known.settings?.driftWebhook;
  if (webhook !== undefined && "url" in webhook && webhook.url !== undefined && !isUrl(webhook.url))
    report(["settings", "driftWebhook", "url"], `is no address that can be called; ${URL_RULE}`);
}
