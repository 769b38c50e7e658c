import { TerraformElement, type TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { literal } from "./literal";

/** Imports what exists already: Terraform takes it into the state at the next apply, and does nothing once it is there. */
export function importExisting(resource: TerraformResource | undefined, id: string): void {
  resource?.importFrom(literal(id));
}

/**
 * Stands at the id of a resource that an earlier deployment may have declared: Terraform forgets that one and leaves the
 * object as it is. Where nothing was declared, it says nothing.
 */
export class Forgotten extends TerraformElement {
  constructor(
    scope: Construct,
    id: string,
    private readonly type: string,
  ) {
    super(scope, id);
  }

  override toTerraform(): object {
    return { removed: [{ from: `${this.type}.${this.friendlyUniqueId}`, lifecycle: { destroy: false } }] };
  }
}
