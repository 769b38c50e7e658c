import { createHash } from "node:crypto";
import type { Construct } from "constructs";
import { resolved } from "./ownership";

/**
 * A principal as part of a construct id: readable, and still unique where signs had to be replaced. One that is known only at
 * apply is named by what it refers to.
 */
export function principalId(scope: Construct, principal: string): string {
  const text = resolved(scope, principal).replace(/^\$\{([\w.-]+)\}$/, "$1");
  const readable = text.replace(/[^A-Za-z0-9_-]+/g, "-");
  if (readable === text) return text;
  return `${readable}-${createHash("sha256").update(text).digest("hex").slice(0, 6)}`;
}
