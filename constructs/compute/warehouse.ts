import { SqlEndpoint } from "@cdktf/provider-databricks/lib/sql-endpoint";
import { Construct } from "constructs";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";

/** A SQL warehouse, made here or adopted. */
export interface IWarehouse {
  readonly id: string;
}

const SIZES = [
  "2X-Small",
  "X-Small",
  "Small",
  "Medium",
  "Large",
  "X-Large",
  "2X-Large",
  "3X-Large",
  "4X-Large",
] as const;

export interface WarehouseProps {
  readonly name: string;
  /** @default 2X-Small */
  readonly size?: (typeof SIZES)[number];
  /** @default 10 */
  readonly autoStopMinutes?: number;
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

const RULES: readonly Rule<WarehouseProps>[] = [
  [(p) => p.name.trim() === "", () => "a warehouse needs a name"],
  [(p) => p.size !== undefined && !SIZES.includes(p.size), (p) => `size "${p.size}": one of ${SIZES.join(", ")}`],
  [
    (p) => p.autoStopMinutes !== undefined && !(Number.isInteger(p.autoStopMinutes) && p.autoStopMinutes >= 1),
    (p) =>
      `autoStopMinutes ${p.autoStopMinutes}: a whole number, at least 1 (a warehouse that never stops is paid for around the clock)`,
  ],
];

/** Makes a small serverless SQL warehouse that stops by itself. */
export class Warehouse extends Construct implements IWarehouse {
  /** A warehouse that exists already. */
  static fromId(id: string): IWarehouse {
    return { id };
  }

  readonly resource: SqlEndpoint;

  constructor(scope: Construct, id: string, props: WarehouseProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "warehouse", props.name);
    this.resource = new SqlEndpoint(this, "Resource", {
      name: props.name,
      clusterSize: props.size ?? "2X-Small",
      minNumClusters: 1,
      maxNumClusters: 1,
      autoStopMins: props.autoStopMinutes ?? 10,
      warehouseType: "PRO",
      enableServerlessCompute: true,
      tags: { customTags: sortedTags(props.tags ?? {}) },
    });
  }

  get id(): string {
    return this.resource.id;
  }
}

/** A list to the provider, so its order has to be fixed. */
function sortedTags(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
}
