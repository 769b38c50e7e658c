import type { Mode } from "../internal/modes";

/** A resource as a rule sees it: its type and what it says in Terraform's words, references unresolved. */
export interface DeclaredResource {
  /** Such as databricks_job; of what is no resource, its block: provider, data, output, … */
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly mode: Mode;
}

/** One policy: pure, reports, never changes anything. */
export interface PolicyRule {
  /** Short name, by which it is acknowledged. */
  readonly id: string;
  /** Reason of the rule, for the reader of its message. */
  readonly why: string;
  /** Returns the fault of a resource and what to do; undefined if there is none. */
  readonly violation: (resource: DeclaredResource) => string | undefined;
}

/** A nested block: cdktf writes one as an object, several as a list. */
export function blocks(value: unknown): Readonly<Record<string, unknown>>[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((block): block is Record<string, unknown> => typeof block === "object" && block !== null);
}
