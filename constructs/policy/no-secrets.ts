import { SECRET_RULE, secretIn } from "../../spec";
import type { PolicyRule } from "./rule";

export const noSecrets: PolicyRule = {
  id: "no-secrets",
  why: "what is declared stands readable in the source, the plan and the state",
  violation: ({ type, attributes }) => {
    const found = secretIn(attributes);
    return found === undefined ? undefined : `${type} holds ${found}; ${SECRET_RULE}`;
  },
};
