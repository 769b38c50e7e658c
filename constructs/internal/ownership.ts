import { DefaultTokenResolver, StringConcat, type TerraformResource, TerraformStack, Tokenization } from "cdktf";
import type { Construct } from "constructs";
import { ConstructError } from "./check";

/** Objects that are declared in a stack, with their owners; plain names of objects that are referred to by reference. */
interface Registry {
  readonly owners: Map<string, string>;
  readonly names: Map<string, string>;
}

const REGISTRIES = new WeakMap<TerraformStack, Registry>();

/**
 * Says that a construct declares something of which there can be one only: a schema of a name, the grants of a
 * principal on a securable. A second claim is an error: two owners would undo each other at every apply.
 *
 * @param remedy what the second owner can do instead
 */
export function claim(
  scope: Construct,
  what: string,
  name: string,
  remedy = "remove one of the two, or refer to the other",
): void {
  const { owners, names } = registryOf(scope);
  const text = resolved(scope, name);
  const plain = names.get(text) ?? text;
  const other = owners.get(`${what}\n${plain}`);
  if (other !== undefined) {
    throw new ConstructError(scope.node.path, [
      `${what} "${plain}" is already declared by ${other}; there can be one owner only: ${remedy}`,
    ]);
  }
  owners.set(`${what}\n${plain}`, scope.node.path);
}

/** Makes a reference known by the plain name that it stands for, so that claims by either are the same claim. */
export function nameReference(scope: Construct, reference: string, name: string): void {
  registryOf(scope).names.set(resolved(scope, reference), resolved(scope, name));
}

/** Address of a resource as Terraform's commands and blocks name it: `databricks_schema.Sales_1863061C`. */
export function addressOf({ terraformResourceType, friendlyUniqueId }: TerraformResource): string {
  return `${terraformResourceType}.${friendlyUniqueId}`;
}

function registryOf(scope: Construct): Registry {
  const stack = TerraformStack.of(scope);
  const registry = REGISTRIES.get(stack) ?? { owners: new Map(), names: new Map() };
  REGISTRIES.set(stack, registry);
  return registry;
}

/** A text with the references in it written out, as Terraform has them. */
export function resolved(scope: Construct, text: string): string {
  return String(
    Tokenization.resolve(text, { scope, resolver: new DefaultTokenResolver(new StringConcat()), preparing: false }),
  );
}
