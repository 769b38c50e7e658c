import { CLOUD_WORDS } from "../../spec";
import type { Cloud } from "./cloud";

export const gcp: Cloud = {
  name: "gcp",
  words: CLOUD_WORDS.gcp,
  nodeType: "n2-standard-4",
  attributes: ({ spot, firstOnDemand, zone = "AUTO", diskGb }) => ({
    gcpAttributes: {
      ...(spot
        ? { availability: "PREEMPTIBLE_WITH_FALLBACK_GCP", firstOnDemand, zoneId: zone }
        : { availability: "ON_DEMAND_GCP", zoneId: zone }),
      bootDiskSize: diskGb,
    },
  }),
};
