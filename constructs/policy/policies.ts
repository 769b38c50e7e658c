import { dataProtected } from "./data-protected";
import { noPublicPrincipals } from "./no-public-principals";
import { noSecrets } from "./no-secrets";
import { pinnedRuntime } from "./pinned-runtime";
import type { PolicyRule } from "./rule";
import { stopsByItself } from "./stops-by-itself";
import { tagged } from "./tagged";

/** The policies that a MedallionStack keeps. */
export const POLICIES: readonly PolicyRule[] = [
  dataProtected,
  noPublicPrincipals,
  noSecrets,
  pinnedRuntime,
  stopsByItself,
  tagged,
];
