import { CLOUD_WORDS } from "../../spec";
import type { Cloud } from "./cloud";

export const aws: Cloud = {
  name: "aws",
  words: CLOUD_WORDS.aws,
  nodeType: "m5d.xlarge",
  attributes: ({ spot, firstOnDemand, zone = "auto", diskGb }) => ({
    awsAttributes: {
      ...(spot
        ? { availability: "SPOT_WITH_FALLBACK", firstOnDemand, zoneId: zone, spotBidPricePercent: 100 }
        : { availability: "ON_DEMAND", zoneId: zone }),
      ...(diskGb === undefined
        ? {}
        : { ebsVolumeType: "GENERAL_PURPOSE_SSD", ebsVolumeCount: 1, ebsVolumeSize: diskGb }),
    },
  }),
};
