import { TerraformElement, type TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { literal } from "./literal";
import { addressOf } from "./ownership";

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

/** Stands at the id that a resource had in an earlier version: its state moves along, so nothing is destroyed. */
class Moved extends TerraformElement {
  constructor(
    scope: Construct,
    id: string,
    private readonly resource: TerraformResource,
  ) {
    super(scope, id);
  }

  override toTerraform(): object {
    const { terraformResourceType: type } = this.resource;
    return { moved: [{ from: `${type}.${this.friendlyUniqueId}`, to: addressOf(this.resource) }] };
  }
}

/**
 * Says which ids resources had before they were named by principal: by their index in the list, from 1.
 *
 * @param scope their parent, now and then
 * @param prefix of the ids then: `Reader` for `Reader-1`
 */
export function movedFromNumbers(scope: Construct, prefix: string, resources: readonly TerraformResource[]): void {
  for (const [at, resource] of resources.entries()) {
    const id = `${prefix}-${at + 1}`;
    // A group may be called "1".
    if (scope.node.tryFindChild(id) === undefined) new Moved(scope, id, resource);
  }
}
