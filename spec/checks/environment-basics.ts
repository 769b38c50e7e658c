import { CLOUD_WORDS, cloudOfHost } from "../clouds";
import { LAYERS, METASTORE_STORAGE } from "../model/environment";
import { show } from "../words";
import { isUrl, URL_RULE } from "./address";
import type { Rule } from "./rule";

const FOREIGN_CATALOGS = ["system", "samples", "hive_metastore", "spark_catalog", "information_schema"];

/** Names, folders and compute. */
export const BASIC_RULES: readonly Rule[] = [
  {
    at: ["name"],
    fault: ({ env, stem }) =>
      env.name === undefined || env.name === stem
        ? undefined
        : `found ${show(env.name)} in ${stem}.yaml; an environment is named like its file: rename one of the two`,
  },
  {
    at: ["workspace", "host"],
    fault: ({ env }) => {
      const host = env.workspace?.host;
      if (host === undefined || env.cloud === undefined) return undefined;
      if (/\/\/[^/]*@/.test(host))
        return "holds a user or a secret; credentials come from the environment (a profile, OIDC), never from config";
      if (!isUrl(host)) return `found ${show(host)}; ${URL_RULE}`;
      const other = cloudOfHost(host);
      if (other === undefined || other === env.cloud) return undefined;
      return `found a workspace on ${CLOUD_WORDS[other].label}, but cloud is ${env.cloud}; allowed: https://….${CLOUD_WORDS[env.cloud].workspaceDomain}`;
    },
  },
  {
    at: ["catalog", "name"],
    code: "reserved_name",
    fault: ({ env }) =>
      FOREIGN_CATALOGS.includes(env.catalog?.name ?? "")
        ? `found ${show(env.catalog?.name)}, a catalog of the platform; choose a catalog of your own`
        : undefined,
  },
  {
    at: ["catalog", "storageRoot"],
    fault: ({ env }) => {
      const { storageRoot, create } = env.catalog ?? {};
      if (storageRoot === undefined) return undefined;
      if (create !== true) return "an existing catalog has its storage already; remove the key, or set create: true";
      const words = env.cloud === undefined ? undefined : CLOUD_WORDS[env.cloud];
      return words === undefined || storageRoot === METASTORE_STORAGE || words.storage.test(storageRoot)
        ? undefined
        : `found ${show(storageRoot)}; allowed on ${env.cloud}: ${words.storageExample}, or ${METASTORE_STORAGE} for the storage of the metastore`;
    },
  },
  ...LAYERS.map(
    (layer, index): Rule => ({
      at: ["schemas", layer],
      code: "duplicate",
      fault: ({ env }) => {
        const name = env.schemas?.[layer];
        if (name === undefined) return undefined;
        if (name === "information_schema") return `found ${show(name)}, a schema of the platform; choose another name`;
        const other = LAYERS.slice(0, index).find((earlier) => env.schemas?.[earlier] === name);
        return other === undefined
          ? undefined
          : `${show(name)} is already the schema of ${other}; their tables have the same names`;
      },
    }),
  ),
  {
    at: ["landing", "volume"],
    fault: ({ env }) =>
      threePartFault(
        env.landing !== undefined && "volume" in env.landing ? env.landing.volume : undefined,
        "catalog.schema.volume",
      ),
  },
  ...(["dashboards", "alerts"] as const).map(
    (what): Rule => ({
      at: ["observability", what],
      code: "conflicting_keys",
      fault: ({ env }) =>
        env.observability?.[what] === true && env.warehouse === "none"
          ? `${what} need a SQL warehouse; set warehouse: { create: true } or { id: … }, or remove the key`
          : undefined,
    }),
  ),
];

/** Returns the fault of a name that is not `a.b.c`; undefined if it is. */
export function threePartFault(name: string | undefined, form: string): string | undefined {
  if (name === undefined || /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$/.test(name)) return undefined;
  return `found ${show(name)}; allowed: ${form}`;
}
