import { initScriptKind, initScriptRule } from "../clusters";
import type { EnvironmentConfig } from "../model/environment";
import type { Known, Report } from "../reading/checked";
import { isMapping } from "../reading/schema-walk";
import { show } from "../words";
import { threePartFault } from "./environment-basics";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Lists of an environment, entry by entry. */
export function checkLists(
  env: Known<EnvironmentConfig>,
  written: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  const writtenRoles = isMapping(written["roles"]) ? written["roles"] : {};
  for (const [role, principals] of Object.entries(env.roles ?? {})) {
    const given = writtenRoles[role];
    if (Array.isArray(given) && given.length === 0)
      report(["roles", role], "has no principals; name some, or remove the role", "missing_key");
    for (const [index, principal] of (principals ?? []).entries()) {
      if (principals?.indexOf(principal) !== index)
        report(["roles", role, index], `${show(principal)} stands here twice; keep one`, "duplicate");
    }
  }
  for (const [index, address] of (env.notifications?.onFailure ?? []).entries()) {
    if (!EMAIL.test(address))
      report(["notifications", "onFailure", index], `found ${show(address)}; allowed: an e-mail address`);
  }
  for (const [name, destination] of Object.entries(env.notifications?.destinations ?? {})) {
    const addresses = destination !== undefined && "email" in destination ? destination.email : undefined;
    for (const [index, address] of (addresses ?? []).entries()) {
      if (!EMAIL.test(address))
        report(
          ["notifications", "destinations", name, "email", index],
          `found ${show(address)}; allowed: an e-mail address`,
        );
    }
  }
  const scripts = env.compute?.kind === "job_cluster" ? env.compute.initScripts : undefined;
  for (const [index, path] of (scripts ?? []).entries()) {
    if (env.cloud !== undefined && initScriptKind(path, env.cloud) === undefined)
      report(["compute", "initScripts", index], `found ${show(path)}; ${initScriptRule(env.cloud)}`);
  }
  const trigger = env.job?.trigger;
  const tables = trigger !== undefined && "tableUpdate" in trigger ? trigger.tableUpdate?.tables : undefined;
  for (const [index, table] of (tables ?? []).entries()) {
    const fault = threePartFault(table, "catalog.schema.table");
    if (fault !== undefined) report(["job", "trigger", "tableUpdate", "tables", index], fault);
  }
}
