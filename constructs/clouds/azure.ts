import { CLOUD_WORDS } from "../../spec";
import type { Cloud } from "./cloud";

export const azure: Cloud = {
  name: "azure",
  words: CLOUD_WORDS.azure,
  nodeType: "Standard_D4ds_v5",
  attributes: ({ spot, firstOnDemand }) => ({
    azureAttributes: spot
      ? // -1: up to the price on demand
        { availability: "SPOT_WITH_FALLBACK_AZURE", firstOnDemand, spotBidMaxPrice: -1 }
      : { availability: "ON_DEMAND_AZURE" },
  }),
};
