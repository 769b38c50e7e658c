import type { PipelineConfig } from "../model/pipeline";
import type { Checked } from "../reading/checked";
import { show } from "../words";

/** What a shape cannot say about config/pipeline.yaml. */
export function checkPipeline({ known, report }: Checked<PipelineConfig>): void {
  const zone = known.settings?.timeZone;
  if (zone !== undefined && !isTimeZone(zone)) {
    report(["settings", "timeZone"], `found ${show(zone)}; allowed: ${TIME_ZONE_RULE}`);
  }
}

export const TIME_ZONE_RULE = "UTC or a zone of the IANA list such as Europe/Berlin";

/** Whether Java and JavaScript both know the zone: a region or UTC, no offset and no abbreviation. */
export function isTimeZone(zone: string): boolean {
  if (zone === "UTC") return true;
  if (!/^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z_+\-0-9]+)+$/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
