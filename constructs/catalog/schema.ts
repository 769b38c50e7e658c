import { Schema as SchemaResource } from "@cdktf/provider-databricks/lib/schema";
import { Construct } from "constructs";
import { NAME, NAME_RULE } from "../../spec";
import { check, type Rule } from "../internal/check";
import { claim, nameReference } from "../internal/ownership";
import { Catalog, type ICatalog } from "./catalog";

/** A schema in a catalog, made here or existing. */
export interface ISchema {
  readonly catalog: ICatalog;
  readonly name: string;
  /** catalog.schema */
  readonly fullName: string;
  /** The name, as a reference where the schema is made in this stack. */
  readonly reference: string;
  /** catalog.schema, made of references. */
  readonly fullReference: string;
  readonly resource?: SchemaResource;
}

/** Properties of a `Schema`. */
export interface SchemaProps {
  readonly catalog: ICatalog;
  readonly name: string;
  /** @default - none */
  readonly comment?: string;
  /** Group that owns it; who deploys has to be a member. @default - who deploys */
  readonly owner?: string;
  /** Terraform rejects a plan that destroys it. @default false */
  readonly protect?: boolean;
  /** Destroying it destroys what is in it. @default false */
  readonly forceDestroy?: boolean;
  /** Key-value pairs shown with the schema. @default - none */
  readonly properties?: Record<string, string>;
}

const RULES: readonly Rule<SchemaProps>[] = [
  [(p) => !NAME.test(p.name), (p) => `schema name "${p.name}": ${NAME_RULE}`],
  [(p) => p.protect === true && p.forceDestroy === true, () => "protect and forceDestroy exclude each other"],
];

/**
 * Makes a schema.
 *
 * @example
 * const uploads = new Schema(this, "Uploads", { catalog, name: "uploads", protect: true });
 * const existing = Schema.fromName("main.metrics");
 */
export class Schema extends Construct implements ISchema {
  /** A schema that exists already, by catalog.schema. */
  static fromName(fullName: string): ISchema {
    const [catalog = "", name = ""] = fullName.split(".");
    return { catalog: Catalog.fromName(catalog), name, fullName, reference: name, fullReference: fullName };
  }

  readonly resource: SchemaResource;
  readonly catalog: ICatalog;
  readonly name: string;

  constructor(scope: Construct, id: string, props: SchemaProps) {
    super(scope, id);
    check(this, props, RULES);
    this.catalog = props.catalog;
    this.name = props.name;
    claim(
      this,
      "schema",
      this.fullName,
      "remove one of the two, or pass the first one on (MedallionPipeline takes it as schemas: { silver: first.schemas.silver, … })",
    );
    this.resource = new SchemaResource(this, "Resource", {
      catalogName: props.catalog.reference,
      name: props.name,
      comment: props.comment,
      owner: props.owner,
      forceDestroy: props.forceDestroy,
      properties: props.properties,
      lifecycle: props.protect ? { preventDestroy: true } : undefined,
    });
    nameReference(this, this.fullReference, this.fullName);
  }

  get fullName(): string {
    return `${this.catalog.name}.${this.name}`;
  }

  get reference(): string {
    return this.resource.name;
  }

  get fullReference(): string {
    return `${this.catalog.reference}.${this.reference}`;
  }
}
