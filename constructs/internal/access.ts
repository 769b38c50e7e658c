import {
  Permissions,
  type PermissionsAccessControl,
  type PermissionsConfig,
} from "@cdktf/provider-databricks/lib/permissions";
import { Construct } from "constructs";
import { claim } from "./ownership";

/** Who may do what with one object of the workspace. */
export interface AccessProps {
  readonly object: Pick<
    PermissionsConfig,
    "jobId" | "clusterPolicyId" | "sqlEndpointId" | "dashboardId" | "pipelineId" | "directoryPath"
  >;
  /** Level by principal: a user by address, a service principal by application id, else a group. */
  readonly levels: Readonly<Record<string, string>>;
}

/** Permissions of one object. They are all of its permissions: nothing else may set them. */
export class Access extends Construct {
  readonly resource: Permissions;

  constructor(scope: Construct, id: string, props: AccessProps) {
    super(scope, id);
    const [kind = "", object = ""] = Object.entries(props.object)[0] ?? [];
    claim(this, `permissions on ${kind}`, object);
    const principals = Object.keys(props.levels).sort();
    this.resource = new Permissions(this, "Resource", {
      ...props.object,
      accessControl: principals.map((principal) => ({
        ...nameOf(principal),
        permissionLevel: props.levels[principal],
      })),
    });
  }
}

const APPLICATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function nameOf(principal: string): Pick<PermissionsAccessControl, "userName" | "groupName" | "servicePrincipalName"> {
  if (APPLICATION_ID.test(principal)) return { servicePrincipalName: principal };
  return principal.includes("@") ? { userName: principal } : { groupName: principal };
}
