import { attributes, type Plan, type ResourceChange } from "../../../cli/plan-gate/plan";
import { type Block, withMadeUp } from "./made-up";

/** Schema of each type of resource. */
export type Schemas = Readonly<Record<string, { readonly block: Block }>>;

/** A plan together with what only the making of a state needs of it. */
export interface FullPlan extends Plan {
  readonly planned_values: { readonly root_module: { readonly resources?: readonly Planned[] } };
}
interface Planned {
  readonly address: string;
  readonly schema_version: number;
}

/** A state of Terraform, as far as it is written here. */
export interface State {
  readonly version: 4;
  readonly terraform_version: string;
  readonly serial: number;
  readonly lineage: string;
  readonly outputs: Record<string, never>;
  readonly resources: readonly StateResource[];
}
export interface StateResource {
  readonly mode: "managed";
  readonly type: string;
  readonly name: string;
  readonly provider: string;
  readonly instances: readonly Record<string, unknown>[];
}

const PROVIDER = 'provider["registry.terraform.io/databricks/databricks"]';

/** The state after a plan, as an apply would leave it; what only a workspace can know is made up. */
export function stateAfter(plan: FullPlan, schemas: Schemas): State {
  const versions = new Map(
    plan.planned_values.root_module.resources?.map(({ address, schema_version }) => [address, schema_version]),
  );
  return {
    version: 4,
    terraform_version: plan.terraform_version ?? "1.11.0",
    serial: 1,
    lineage: "00000000-0000-0000-0000-000000000000",
    outputs: {},
    resources: plan.resource_changes.map((change) => ({
      mode: "managed",
      type: change.type,
      name: change.name,
      provider: PROVIDER,
      instances: [
        {
          schema_version: versions.get(change.address) ?? 0,
          attributes: valuesAfter(change, schemas[change.type]?.block),
        },
      ],
    })),
  };
}

function valuesAfter({ address, change }: ResourceChange, block: Block = {}): Readonly<Record<string, unknown>> {
  return withMadeUp(attributes(change.after), attributes(change.after_unknown), block, address);
}
