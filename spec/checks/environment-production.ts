import { initScriptKind } from "../clusters";
import { APPLICATION_ID } from "../model/names";
import { show } from "../words";
import type { Rule } from "./rule";

/** Return whether only a service principal and administrators may write into a folder: it lies in the home of one. */
export function isPrivateFolder(path: string): boolean {
  const [, users, owner = ""] = path.split("/");
  return users === "Users" && APPLICATION_ID.test(owner);
}
/** Rule for folders of code in production, as messages say it. */
export const PRIVATE_FOLDER_RULE =
  "production code lies in the home of a service principal, /Users/<application id>, because others could change it anywhere else: every user in /Shared (a folder cannot take away what the one above gives), its owner in the home of a person";

/** A rule of `mode: production`. */
function production(at: Rule["at"], fault: Rule["fault"]): Rule {
  return {
    at,
    code: "unfit_for_production",
    fault: (facts) => (facts.env.mode === "production" && facts.env.preset !== "free" ? fault(facts) : undefined),
  };
}

/** Rules for environments in production mode. */
export const PRODUCTION_RULES: readonly Rule[] = [
  production(["runAs"], ({ env }) =>
    env.runAs === undefined
      ? "missing; production runs as a service principal: runAs: { servicePrincipal: <application id> }"
      : undefined,
  ),
  production(["workspace", "root"], ({ env }) => {
    const root = env.workspace?.root;
    return root === undefined || isPrivateFolder(root) ? undefined : `found ${show(root)}; ${PRIVATE_FOLDER_RULE}`;
  }),
  production(["compute", "initScripts"], ({ env: { compute, cloud } }) => {
    const scripts = compute?.kind === "job_cluster" ? (compute.initScripts ?? []) : [];
    const open = scripts.filter(
      (path) => cloud !== undefined && initScriptKind(path, cloud) === "workspace" && !isPrivateFolder(path),
    );
    return open.length === 0
      ? undefined
      : `found ${open.map(show).join(", ")}; what a cluster of production runs lies in a volume, in storage, or in the home of a service principal, because others could change it anywhere else`;
  }),
  production(["notifications", "onFailure"], ({ env }) =>
    (env.notifications?.onFailure ?? []).length === 0
      ? "missing; production tells somebody when it fails: onFailure: [team@example.com]"
      : undefined,
  ),
  production(["backend"], ({ env }) =>
    env.backend !== undefined && "local" in env.backend
      ? "production keeps its state where a team reaches it, not on one machine; allowed: s3, azurerm, gcs"
      : undefined,
  ),
  {
    at: ["runAs", "servicePrincipal"],
    fault: ({ env }) => {
      const id = env.runAs?.servicePrincipal;
      return id === undefined || env.preset === "free" || APPLICATION_ID.test(id)
        ? undefined
        : `found ${show(id)}; allowed: the application id of the service principal (a UUID), not its name`;
    },
  },
];
