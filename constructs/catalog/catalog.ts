import { Catalog as CatalogResource } from "@cdktf/provider-databricks/lib/catalog";
import { WorkspaceBinding } from "@cdktf/provider-databricks/lib/workspace-binding";
import { Construct } from "constructs";
import { isStorage, NAME, NAME_RULE, STORAGE_RULE } from "../../spec";
import { check, type Rule } from "../internal/check";
import { claim, nameReference } from "../internal/ownership";

/** A Unity Catalog catalog, made here or existing. */
export interface ICatalog {
  readonly name: string;
  /** The name as what reads it should write it: a reference where the catalog is made in this stack. */
  readonly reference: string;
  /** The resource, where it is made in this stack; undefined for an existing one, which is never changed. */
  readonly resource?: CatalogResource;
}

/** Properties of a `Catalog`. */
export interface CatalogProps {
  readonly name: string;
  /** @default - none */
  readonly comment?: string;
  /** Group that owns it; who deploys has to be a member. @default - who deploys */
  readonly owner?: string;
  /** Storage of managed tables. @default - the metastore's storage */
  readonly storageRoot?: string;
  /** ISOLATED: only workspaces that are bound to it see it; the deploying workspace is bound by itself. Declared in either case, so that a change is seen. @default OPEN */
  readonly isolation?: "OPEN" | "ISOLATED";
  /** Other workspaces that see it, with isolation ISOLATED. @default - none */
  readonly workspaces?: readonly { readonly id: number; readonly readOnly: boolean }[];
  /** Terraform rejects a plan that destroys it. @default false */
  readonly protect?: boolean;
  /** Destroying it destroys what is in it. @default false */
  readonly forceDestroy?: boolean;
  /** Key-value pairs shown with the catalog. @default - none */
  readonly properties?: Record<string, string>;
}

const RULES: readonly Rule<CatalogProps>[] = [
  [(p) => !NAME.test(p.name), (p) => `catalog name "${p.name}": ${NAME_RULE}`],
  [(p) => p.protect === true && p.forceDestroy === true, () => "protect and forceDestroy exclude each other"],
  [
    (p) => (p.workspaces ?? []).length > 0 && p.isolation !== "ISOLATED",
    () => "workspaces are bound to an ISOLATED catalog only: every workspace sees one that is OPEN",
  ],
  [
    (p) => p.storageRoot !== undefined && !isStorage(p.storageRoot),
    (p) => `storageRoot "${p.storageRoot}": ${STORAGE_RULE}`,
  ],
];

/**
 * Makes a catalog.
 *
 * @example
 * const catalog = new Catalog(this, "Catalog", { name: "sales", protect: true });
 * const platform = Catalog.fromName("platform"); // existing: never changed
 */
export class Catalog extends Construct implements ICatalog {
  /** A catalog that exists already. */
  static fromName(name: string): ICatalog {
    return { name, reference: name };
  }

  readonly resource: CatalogResource;
  readonly name: string;

  constructor(scope: Construct, id: string, props: CatalogProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "catalog", props.name);
    this.name = props.name;
    this.resource = new CatalogResource(this, "Resource", {
      name: props.name,
      comment: props.comment,
      owner: props.owner,
      storageRoot: props.storageRoot,
      isolationMode: props.isolation ?? "OPEN",
      forceDestroy: props.forceDestroy,
      properties: props.properties,
      lifecycle: props.protect ? { preventDestroy: true } : undefined,
    });
    nameReference(this, this.resource.name, props.name);
    for (const { id: workspaceId, readOnly } of props.workspaces ?? []) {
      // The workspace that makes an isolated catalog is bound by the platform; binding it again would make it undeletable.
      new WorkspaceBinding(this, `Binding-${workspaceId}`, {
        securableName: this.resource.name,
        securableType: "catalog",
        workspaceId,
        bindingType: readOnly ? "BINDING_TYPE_READ_ONLY" : "BINDING_TYPE_READ_WRITE",
      });
    }
  }

  get reference(): string {
    return this.resource.name;
  }
}
