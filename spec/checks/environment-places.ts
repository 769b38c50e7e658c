import { CLOUD_WORDS } from "../clouds";
import { RESERVED_CONF } from "../clusters";
import { type EnvironmentConfig, leastAutoStop } from "../model/environment";
import type { Known } from "../reading/checked";
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

/** Whether the stack itself declares the registry table; elsewhere the job makes it. */
function declaresRegistry(warehouse: Known<EnvironmentConfig>["warehouse"]): boolean {
  return typeof warehouse === "object" && "create" in warehouse && (warehouse.type ?? "serverless") === "serverless";
}

/** A key of a cluster that its pool settles. */
const notWithPool = (key: "nodeType" | "zone" | "diskGb" | "spot"): Rule => ({
  at: ["compute", key],
  fault: ({ env: { compute } }) =>
    compute?.kind !== "job_cluster" ||
    compute.pool === undefined ||
    compute[key] === undefined ||
    compute[key] === false
      ? undefined
      : `found ${show(compute[key])}; machines of an instance pool are as the pool says: remove the key, or pool`,
});

/** Isolation, zones, warehouses, and what is taken over. */
export const PLACE_RULES: readonly Rule[] = [
  notOnCloud("zone", "zone", "the zone of machines is not chosen"),
  notOnCloud("diskGb", "disk", "disks come with the machine type (one with a d, such as Standard_D4ds_v5)"),
  {
    at: ["catalog", "isolation"],
    fault: ({ env }) =>
      env.catalog?.isolation !== undefined && env.catalog.create !== true
        ? "who sees an existing catalog is set where it was made; remove the key, or set create: true"
        : undefined,
  },
  {
    at: ["catalog", "workspaces"],
    fault: ({ env }) =>
      (env.catalog?.workspaces ?? []).length > 0 && env.catalog?.isolation !== "isolated"
        ? "every workspace sees a catalog that is open; set isolation: isolated, or remove the key"
        : undefined,
  },
  notWithPool("nodeType"),
  notWithPool("zone"),
  notWithPool("diskGb"),
  notWithPool("spot"),
  {
    at: ["compute", "driverPool"],
    fault: ({ env: { compute } }) =>
      compute?.kind === "job_cluster" && compute.driverPool !== undefined && compute.pool === undefined
        ? "the driver alone cannot come from a pool; set pool too, or remove the key"
        : undefined,
  },
  {
    at: ["compute", "sparkConf"],
    fault: ({ env: { compute } }) => {
      const keys = compute?.kind === "job_cluster" ? Object.keys(compute.sparkConf ?? {}) : [];
      const reserved = keys.filter((key) => RESERVED_CONF.includes(key));
      return reserved.length === 0
        ? undefined
        : `found ${reserved.map(show).join(", ")}, set by the number of workers: remove what is found`;
    },
  },
  {
    at: ["warehouse", "autoStopMinutes"],
    fault: ({ env: { warehouse } }) => {
      if (typeof warehouse !== "object" || !("create" in warehouse)) return undefined;
      const { type, autoStopMinutes: minutes } = warehouse;
      return minutes === undefined || minutes >= leastAutoStop(type)
        ? undefined
        : `found ${minutes}; allowed: at least ${leastAutoStop(type)} for type ${type}`;
    },
  },
  {
    at: ["owner"],
    fault: ({ env: { owner } }) =>
      owner === undefined || !/@|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(owner)
        ? undefined
        : `found ${show(owner)}; what one user or service principal owns is lost with them: allowed is the name of a group`,
  },
  {
    at: ["import", "catalog"],
    fault: ({ env }) =>
      env.import?.catalog === true && env.catalog?.create !== true
        ? "a catalog that is not created here cannot belong to the stack; set catalog.create: true, or remove the key"
        : undefined,
  },
  {
    at: ["import", "volumes"],
    fault: ({ env }) =>
      env.import?.volumes?.includes("landing") && env.landing !== undefined && "volume" in env.landing
        ? "landing.volume is used as it stands and cannot belong to the stack; remove one of the two"
        : undefined,
  },
  {
    at: ["import", "registry"],
    fault: ({ env }) =>
      env.import?.registry === true && !declaresRegistry(env.warehouse)
        ? "the stack has the registry table only where it makes a serverless warehouse (warehouse: { create: true }); elsewhere the job uses the table that is there: remove the key"
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
