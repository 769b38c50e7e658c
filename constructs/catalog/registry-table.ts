import { readFileSync } from "node:fs";
import { SqlTable } from "@cdktf/provider-databricks/lib/sql-table";
import { Construct } from "constructs";
import { NAME, NAME_RULE } from "../../spec";
import type { IWarehouse } from "../compute/warehouse";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";
import { packagePath } from "../internal/package-root";
import type { ISchema } from "./schema";

/** A column of the registry table. */
export interface RegistryColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** The columns as the library knows them: `prepare` makes the same table where the environment has no warehouse. */
export function registryColumns(): RegistryColumn[] {
  return JSON.parse(readFileSync(packagePath("pipelines", "registry_columns.json"), "utf8"));
}

export interface RegistryTableProps {
  readonly schema: ISchema;
  /** Runs the statements that make the table. */
  readonly warehouse: IWarehouse;
  /** @default schema_registry */
  readonly name?: string;
  /** Terraform refuses to destroy it. @default false */
  readonly protect?: boolean;
}

const RULES: readonly Rule<RegistryTableProps>[] = [
  [(p) => p.name !== undefined && !NAME.test(p.name), (p) => `registry table name "${p.name}": ${NAME_RULE}`],
];

/**
 * The schema registry: one row per topic and version. It is the only table that Terraform declares, because its
 * columns never change; Terraform would drop the columns that a run adds to any other.
 */
export class RegistryTable extends Construct {
  readonly resource: SqlTable;

  constructor(scope: Construct, id: string, props: RegistryTableProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "table", `${props.schema.fullName}.${props.name ?? "schema_registry"}`);
    this.resource = new SqlTable(this, "Resource", {
      catalogName: props.schema.catalog.reference,
      schemaName: props.schema.reference,
      name: props.name ?? "schema_registry",
      tableType: "MANAGED",
      comment: "Versions of the schemas of all topics. Append-only; old versions stay for ever.",
      column: registryColumns().map(({ name, type, comment }) => ({ name, type, comment })),
      warehouseId: props.warehouse.id,
      lifecycle: props.protect ? { preventDestroy: true } : undefined,
    });
  }
}
