import type { TerraformResource } from "cdktf";
import { literal } from "./literal";

/** Takes over what exists already: Terraform imports it into the state at the next apply, and does nothing once it is there. */
export function takeOver(resource: TerraformResource | undefined, id: string): void {
  resource?.importFrom(literal(id));
}
