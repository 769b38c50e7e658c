import type { PolicyRule } from "./rule";

/** What secrets look like, by kind. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  "a Databricks token": /\bdapi[0-9a-f]{32}(-\d+)?\b/,
  "a Databricks OAuth secret": /\bdose[0-9a-f]{32}\b/,
  "an AWS access key": /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  "an Azure storage key": /AccountKey=[A-Za-z0-9+/]{60,}={0,2}/,
  "a private key": /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
};

export const noSecrets: PolicyRule = {
  id: "no-secrets",
  why: "what is declared stands readable in the source, the plan and the state",
  violation: ({ type, attributes }) => {
    const text = JSON.stringify(attributes);
    const found = Object.entries(SECRETS).find(([, pattern]) => pattern.test(text));
    return found === undefined
      ? undefined
      : `${type} holds ${found[0]}; keep it in a secret scope and name scope and key`;
  },
};
