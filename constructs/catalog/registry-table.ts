import { readFileSync } from "node:fs";
import { SqlTable } from "@cdktf/provider-databricks/lib/sql-table";
import { Annotations } from "cdktf";
import { Construct } from "constructs";
import { NAME, NAME_RULE } from "../../spec";
import type { IWarehouse } from "../compute/warehouse";
import { check, type Rule } from "../internal/check";
import { addressOf, claim } from "../internal/ownership";
import { packagePath } from "../internal/package-root";
import type { ISchema } from "./schema";

/** A column of the registry table. */
export interface RegistryColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** The columns as the library knows them: `prepare` makes the same table where the environment has no warehouse. */
function registryColumns(): RegistryColumn[] {
  return JSON.parse(readFileSync(packagePath("pipelines", "registry_columns.json"), "utf8"));
}

/** Properties of a `RegistryTable`. */
export interface RegistryTableProps {
  readonly schema: ISchema;
  /** Runs the statements that make the table: a serverless one, or one that runs when it is applied. */
  readonly warehouse: IWarehouse;
  /** @default schema_registry */
  readonly name?: string;
  /** Group that owns it; who deploys has to be a member. @default - who deploys */
  readonly owner?: string;
  /** Terraform rejects a plan that destroys it. @default false */
  readonly protect?: boolean;
}

const RULES: readonly Rule<RegistryTableProps>[] = [
  [(p) => p.name !== undefined && !NAME.test(p.name), (p) => `registry table name "${p.name}": ${NAME_RULE}`],
];

/**
 * The schema registry: one row per topic and version. It is the only table that Terraform declares, because its
 * columns never change; Terraform would drop the columns that a run adds to any other.
 *
 * The provider cancels a statement after 50 seconds. A classic or pro warehouse that is stopped needs minutes to start: the
 * apply fails, the table is there all the same, and later applies fail because it is. So synth warns where the warehouse is
 * not known to be serverless.
 *
 * @example
 * new RegistryTable(this, "Registry", {
 *   schema: new Schema(this, "Ops", { catalog, name: "ops" }),
 *   warehouse: new Warehouse(this, "Warehouse", { name: "shop" }),
 *   protect: true,
 * });
 */
export class RegistryTable extends Construct {
  readonly resource: SqlTable;

  constructor(scope: Construct, id: string, props: RegistryTableProps) {
    super(scope, id);
    check(this, props, RULES);
    const table = `${props.schema.fullName}.${props.name ?? "schema_registry"}`;
    claim(this, "table", table);
    this.resource = new SqlTable(this, "Resource", {
      catalogName: props.schema.catalog.reference,
      schemaName: props.schema.reference,
      name: props.name ?? "schema_registry",
      tableType: "MANAGED",
      owner: props.owner,
      comment: "Versions of the schemas of all topics. Append-only; old versions stay for ever.",
      column: registryColumns().map(({ name, type, comment }) => ({ name, type, comment })),
      warehouseId: props.warehouse.id,
      lifecycle: props.protect ? { preventDestroy: true } : undefined,
    });
    if (props.warehouse.serverless !== true) {
      Annotations.of(this).addWarning(
        `the warehouse of ${table} is not known to be serverless: the statement that makes the table is cancelled after 50 seconds, and a classic or pro warehouse that is stopped takes longer to start. ` +
          "Leave the table to the job, which makes it where it is missing; or start the warehouse before each apply. " +
          `Where an apply failed and the table is there: terraform import '${addressOf(this.resource)}' ${table}`,
      );
    }
  }
}
