import { Aspects, type IAspect, TerraformElement } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { UserError } from "./check";

/** A reference of cdktf, perhaps with a `$` before it; or what begins a template of Terraform. */
const TEMPLATE = /(\$)?(\$\{TfToken\[[\w:.-]+\]\})|([$%])\{/g;

/**
 * Writes every text in a value, keys too, so that Terraform takes it to the letter: `${` as `$${`, `%{` as `%%{`.
 * References of cdktf (tokens) stay references.
 *
 * @throws UserError where a `$` stands directly before a reference: Terraform has no way to write that
 */
export function literal<T>(value: T): T {
  if (typeof value === "string") return escaped(value) as T;
  if (Array.isArray(value)) return value.map(literal) as T;
  // What has a class of its own is resolved by cdktf.
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [escaped(key), literal(inner)])) as T;
}

function escaped(text: string): string {
  return text.replace(TEMPLATE, (_match, dollar?: string, reference?: string, sign?: string) => {
    if (dollar !== undefined)
      throw new UserError(`"$" stands directly before a name that is put in at deploy: put a space between`);
    return reference ?? `${sign}${sign}{`;
  });
}

/**
 * Makes what everything below a construct declares literal to Terraform, so that text from config is never evaluated.
 * Overrides (`addOverride`) stay as they are: they are for who writes Terraform.
 */
export function literalTexts(scope: Construct): void {
  Aspects.of(scope).add(LITERAL_TEXTS);
}

/** Both ways in which cdktf asks an element for its attributes: for JSON and for HCL. */
const METHODS = ["synthesizeAttributes", "synthesizeHclAttributes"] as const;
type Synthesizing = IConstruct & { [method in (typeof METHODS)[number]]?: () => unknown };

class LiteralTexts implements IAspect {
  private readonly done = new WeakSet<IConstruct>();

  visit(node: IConstruct): void {
    if (!TerraformElement.isTerraformElement(node) || this.done.has(node)) return;
    this.done.add(node);
    const element: Synthesizing = node;
    for (const method of METHODS) {
      const attributes = element[method]?.bind(element);
      if (attributes !== undefined) element[method] = () => literal(attributes());
    }
  }
}

const LITERAL_TEXTS = new LiteralTexts();
