import { show } from "../words";
import type { Rule } from "./rule";

const APPLICATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A rule of `mode: production`. */
function production(at: Rule["at"], fault: Rule["fault"]): Rule {
  return {
    at,
    fault: (facts) => (facts.env.mode === "production" && facts.env.preset !== "free" ? fault(facts) : undefined),
  };
}

/** What production owes to those who depend on it. */
export const PRODUCTION_RULES: readonly Rule[] = [
  production(["runAs"], ({ env }) =>
    env.runAs === undefined
      ? "missing; production runs as a service principal: runAs: { servicePrincipal: <application id> }"
      : undefined,
  ),
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
