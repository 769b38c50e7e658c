import type { PipelineConfig } from "../model/pipeline";
import type { Checked } from "../reading/checked";
import { show } from "../words";
import { isTimeZone, TIME_ZONE_RULE } from "./time-zone";

/** What a shape cannot say about config/pipeline.yaml. */
export function checkPipeline({ known, report }: Checked<PipelineConfig>): void {
  const zone = known.settings?.timeZone;
  if (zone !== undefined && !isTimeZone(zone)) {
    report(["settings", "timeZone"], `found ${show(zone)}; allowed: ${TIME_ZONE_RULE}`);
  }
}
