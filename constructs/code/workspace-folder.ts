import { Directory } from "@cdktf/provider-databricks/lib/directory";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { check, type Rule } from "../internal/check";
import { claim } from "../internal/ownership";
import { Permissions } from "../internal/permissions";

/** A folder of the workspace, made here or existing. */
export interface IWorkspaceFolder {
  /** Without /Workspace: `/Shared/medallion/retail/dev-aws`. */
  readonly path: string;
  /** The resource, where it is made in this stack; undefined for an existing one. */
  readonly resource?: Directory;
  /** Resources that must exist before something is put into it. */
  readonly dependables: readonly ITerraformDependable[];
}

/** Properties of a `WorkspaceFolder`. */
export interface WorkspaceFolderProps {
  /** Absolute, without /Workspace and without spaces. Missing parents are made too. */
  readonly path: string;
  /** Permission level by principal, for everything in it. Who deploys it manages it. @default - as the folder above says */
  readonly permissionLevels?: Readonly<Record<string, "CAN_READ" | "CAN_RUN" | "CAN_EDIT" | "CAN_MANAGE">>;
  /** Principals of `permissionLevels` that are service principals, also where their ids are known only at apply. @default - by their form */
  readonly servicePrincipals?: readonly string[];
}

const RULES: readonly Rule<WorkspaceFolderProps>[] = [
  [
    (p) => !/^\/[\w@.-]+(\/[\w@.-]+)*$/.test(p.path) || p.path.startsWith("/Workspace"),
    (p) =>
      `folder "${p.path}": an absolute workspace path without /Workspace and without spaces, such as /Shared/medallion`,
  ],
];

/**
 * Makes a folder. What lies in it depends on it: files that make their parent by themselves fail when another one has
 * made it in between.
 *
 * A folder inherits the permissions of those above it, so one below /Shared stays writable by every user of the workspace.
 *
 * @example
 * new WorkspaceFolder(this, "Folder", {
 *   path: "/Shared/medallion/shop",
 *   permissionLevels: { "data-engineers": "CAN_READ" },
 * });
 */
export class WorkspaceFolder extends Construct implements IWorkspaceFolder {
  /** A folder that exists already. */
  static fromPath(path: string): IWorkspaceFolder {
    return { path, dependables: [] };
  }

  readonly path: string;
  readonly resource: Directory;
  /** Not there where nobody is named. */
  readonly permissions?: Permissions;

  constructor(scope: Construct, id: string, props: WorkspaceFolderProps) {
    super(scope, id);
    check(this, props, RULES);
    claim(this, "folder", props.path);
    this.path = props.path;
    this.resource = new Directory(this, "Resource", {
      path: props.path,
      // Not recursively: a developer's copy lies below the shared one, and is not this stack's to delete.
      lifecycle: { createBeforeDestroy: true },
    });
    const permissionLevels = props.permissionLevels ?? {};
    if (Object.keys(permissionLevels).length > 0)
      this.permissions = new Permissions(this, "Access", {
        object: { directoryPath: this.resource.path },
        permissionLevels,
        servicePrincipals: props.servicePrincipals,
      });
  }

  get dependables(): readonly ITerraformDependable[] {
    return [this.resource];
  }
}

/**
 * Attributes of a file in a folder: made after the folder, and, where it moves, at its new path before it goes from the
 * old one.
 */
export function inFolder(folder: IWorkspaceFolder) {
  return { dependsOn: [...folder.dependables], lifecycle: { createBeforeDestroy: true } };
}
