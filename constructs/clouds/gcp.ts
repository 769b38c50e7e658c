import type { Cloud } from "./cloud";

export const gcp: Cloud = {
  name: "gcp",
  nodeType: "n2-standard-4",
  nodeTypePattern: /^[a-z][a-z0-9]*-[a-z]+(-[a-z0-9]+)*$/,
  spot: (firstOnDemand) => ({
    gcpAttributes: { availability: "PREEMPTIBLE_WITH_FALLBACK_GCP", firstOnDemand, zoneId: "AUTO" },
  }),
  onDemand: { gcpAttributes: { availability: "ON_DEMAND_GCP", zoneId: "AUTO" } },
};
