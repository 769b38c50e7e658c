import { SqlEndpoint } from "@cdktf/provider-databricks/lib/sql-endpoint";
import { Construct } from "constructs";
import { leastAutoStop, WAREHOUSE_SIZES, WAREHOUSE_TYPES } from "../../spec";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";

/** A SQL warehouse, made here or existing. */
export interface IWarehouse {
  readonly id: string;
  /** Known to be serverless, so it answers within seconds of a first statement; undefined where that is not known. */
  readonly serverless?: boolean;
}

/** Properties of a `Warehouse`. */
export interface WarehouseProps {
  readonly name: string;
  /** @default 2X-Small */
  readonly size?: (typeof WAREHOUSE_SIZES)[number];
  /** serverless starts within seconds; pro and classic start machines of your own account, which takes minutes. @default serverless */
  readonly type?: (typeof WAREHOUSE_TYPES)[number];
  /** Minutes without a query after which it stops. @default 10 */
  readonly autoStopMinutes?: number;
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

const RULES: readonly Rule<WarehouseProps>[] = [
  [(p) => p.name.trim() === "", () => "a warehouse needs a name"],
  [
    (p) => p.size !== undefined && !WAREHOUSE_SIZES.includes(p.size),
    (p) => `size "${p.size}": one of ${WAREHOUSE_SIZES.join(", ")}`,
  ],
  [
    (p) => p.type !== undefined && !WAREHOUSE_TYPES.includes(p.type),
    (p) => `type "${p.type}": one of ${WAREHOUSE_TYPES.join(", ")}`,
  ],
  [
    (p) =>
      p.autoStopMinutes !== undefined &&
      !(Number.isInteger(p.autoStopMinutes) && p.autoStopMinutes >= leastAutoStop(p.type)),
    (p) =>
      `autoStopMinutes ${p.autoStopMinutes}: a whole number, at least ${leastAutoStop(p.type)} (a warehouse that never stops is paid for around the clock)`,
  ],
];

/**
 * Makes a SQL warehouse that stops by itself: a small serverless one, unless props say otherwise.
 *
 * @example
 * const warehouse = new Warehouse(this, "Warehouse", { name: "shop", autoStopMinutes: 5 });
 */
export class Warehouse extends Construct implements IWarehouse {
  /** A warehouse that exists already. Whether it is serverless is known in the workspace only, unless it is said. */
  static fromId(id: string, { serverless }: Pick<IWarehouse, "serverless"> = {}): IWarehouse {
    return { id, serverless };
  }

  readonly resource: SqlEndpoint;
  readonly serverless: boolean;

  constructor(scope: Construct, id: string, props: WarehouseProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "warehouse", props.name);
    const { type = "serverless" } = props;
    this.serverless = type === "serverless";
    this.resource = new SqlEndpoint(this, "Resource", {
      name: props.name,
      clusterSize: props.size ?? "2X-Small",
      minNumClusters: 1,
      maxNumClusters: 1,
      autoStopMins: props.autoStopMinutes ?? 10,
      warehouseType: type === "classic" ? "CLASSIC" : "PRO",
      enableServerlessCompute: this.serverless,
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
