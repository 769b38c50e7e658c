import type { Cloud } from "./cloud";

export const azure: Cloud = {
  name: "azure",
  nodeType: "Standard_D4ds_v5",
  nodeTypePattern: /^Standard_[A-Z][A-Za-z0-9_]*$/,
  // -1: up to the price on demand
  spot: (firstOnDemand) => ({
    azureAttributes: { availability: "SPOT_WITH_FALLBACK_AZURE", firstOnDemand, spotBidMaxPrice: -1 },
  }),
  onDemand: { azureAttributes: { availability: "ON_DEMAND_AZURE" } },
};
