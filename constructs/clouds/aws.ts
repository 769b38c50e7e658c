import type { Cloud } from "./cloud";

export const aws: Cloud = {
  name: "aws",
  nodeType: "m5d.xlarge",
  nodeTypePattern: /^[a-z][a-z0-9-]*\.(metal|(\d*x?)?large|medium|small)(-fleet)?$/,
  spot: (firstOnDemand) => ({
    awsAttributes: { availability: "SPOT_WITH_FALLBACK", firstOnDemand, zoneId: "auto", spotBidPricePercent: 100 },
  }),
  onDemand: { awsAttributes: { availability: "ON_DEMAND", zoneId: "auto" } },
};
