import { CLOUD_WORDS } from "../clouds";
import { show } from "../words";
import type { Rule } from "./rule";

const notOnCloud = (key: "zone" | "diskGb", has: "zone" | "disk", why: string): Rule => ({
  at: ["compute", key],
  fault: ({ env }) => {
    const value = env.compute?.kind === "job_cluster" ? env.compute[key] : undefined;
    return value === undefined || env.cloud === undefined || CLOUD_WORDS[env.cloud][has]
      ? undefined
      : `found ${show(value)}; on ${CLOUD_WORDS[env.cloud].label} ${why}: remove the key`;
  },
});

/** Isolation, zones, and what is taken over. */
export const PLACE_RULES: readonly Rule[] = [
  notOnCloud("zone", "zone", "the zone of machines is not chosen"),
  notOnCloud("diskGb", "disk", "disks come with the machine type (one with a d, such as Standard_D4ds_v5)"),
  {
    at: ["catalog", "isolation"],
    fault: ({ env }) =>
      env.catalog?.isolation !== undefined && env.catalog.create !== true
        ? "who sees an adopted catalog is settled where it was made; remove the key, or set create: true"
        : undefined,
  },
  {
    at: ["catalog", "workspaces"],
    fault: ({ env }) =>
      (env.catalog?.workspaces ?? []).length > 0 && env.catalog?.isolation !== "isolated"
        ? "every workspace sees a catalog that is open; set isolation: isolated, or remove the key"
        : undefined,
  },
  {
    at: ["adopt", "catalog"],
    fault: ({ env }) =>
      env.adopt?.catalog === true && env.catalog?.create !== true
        ? "a catalog that is not created here cannot belong to the stack; set catalog.create: true, or remove the key"
        : undefined,
  },
  {
    at: ["adopt", "volumes"],
    fault: ({ env }) =>
      env.adopt?.volumes?.includes("landing") && env.landing !== undefined && "volume" in env.landing
        ? "landing.volume is used as it stands and cannot belong to the stack; remove one of the two"
        : undefined,
  },
  {
    at: ["adopt", "registry"],
    fault: ({ env }) =>
      env.adopt?.registry === true && env.warehouse === "none"
        ? "without a warehouse the job makes the registry table, not the stack; set a warehouse, or remove the key"
        : undefined,
  },
  {
    at: ["job", "warnAfterMinutes"],
    fault: ({ env }) => {
      const { warnAfterMinutes: warn, timeoutMinutes: end } = env.job ?? {};
      return warn === undefined || end === undefined || warn < end
        ? undefined
        : `found ${warn}, but a run is stopped after ${end} minutes; allowed: less than timeoutMinutes`;
    },
  },
];
