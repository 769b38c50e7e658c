import { CLUSTER_FAULTS } from "../clusters";
import { type EnvironmentConfig, leastAutoStop } from "../model/environment";
import { APPLICATION_ID } from "../model/names";
import type { Known } from "../reading/checked";
import { show } from "../words";
import type { Rule } from "./rule";

/** Return whether the stack itself declares the registry table; elsewhere the job makes it. */
function declaresRegistry(warehouse: Known<EnvironmentConfig>["warehouse"]): boolean {
  return typeof warehouse === "object" && "create" in warehouse && (warehouse.type ?? "serverless") === "serverless";
}

/** Isolation, clusters, warehouses, and what is imported. */
export const RESOURCE_RULES: readonly Rule[] = [
  ...Object.entries(CLUSTER_FAULTS).map(
    ([key, fault]): Rule => ({
      at: ["compute", key],
      code: "conflicting_keys",
      fault: ({ env: { compute, cloud } }) => (compute?.kind === "job_cluster" ? fault(compute, cloud) : undefined),
    }),
  ),
  {
    at: ["catalog", "isolation"],
    code: "conflicting_keys",
    fault: ({ env }) =>
      env.catalog?.isolation !== undefined && env.catalog.create !== true
        ? "who sees an existing catalog is set where it was made; remove the key, or set create: true"
        : undefined,
  },
  {
    at: ["catalog", "workspaces"],
    code: "conflicting_keys",
    fault: ({ env }) =>
      (env.catalog?.workspaces ?? []).length > 0 && env.catalog?.isolation !== "isolated"
        ? "every workspace sees a catalog that is open; set isolation: isolated, or remove the key"
        : undefined,
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
      owner === undefined || !(owner.includes("@") || APPLICATION_ID.test(owner))
        ? undefined
        : `found ${show(owner)}; what one user or service principal owns is lost with them: allowed is the name of a group`,
  },
  {
    at: ["import", "catalog"],
    code: "conflicting_keys",
    fault: ({ env }) =>
      env.import?.catalog === true && env.catalog?.create !== true
        ? "a catalog that is not created here cannot belong to the stack; set catalog.create: true, or remove the key"
        : undefined,
  },
  {
    at: ["import", "volumes"],
    code: "conflicting_keys",
    fault: ({ env }) =>
      env.import?.volumes?.includes("landing") && env.landing !== undefined && "volume" in env.landing
        ? "landing.volume is used as it stands and cannot belong to the stack; remove one of the two"
        : undefined,
  },
  {
    at: ["import", "registry"],
    code: "conflicting_keys",
    fault: ({ env }) =>
      env.import?.registry === true && !declaresRegistry(env.warehouse)
        ? "the stack has the registry table only where it makes a serverless warehouse (warehouse: { create: true }); elsewhere the job uses the table that is there: remove the key"
        : undefined,
  },
];
