import {
  Permissions,
  type PermissionsAccessControl,
  type PermissionsConfig,
} from "@cdktf/provider-databricks/lib/permissions";
import { Construct } from "constructs";
import { APPLICATION_ID } from "../../spec";
import { claim, resolved } from "./ownership";

/** Who may do what with one object of the workspace. */
export interface AccessProps {
  readonly object: Pick<
    PermissionsConfig,
    "jobId" | "clusterPolicyId" | "sqlEndpointId" | "dashboardId" | "pipelineId" | "directoryPath"
  >;
  /** Level by principal: a user by address, a service principal by application id, else a group. What is known only at apply is what it refers to. */
  readonly levels: Readonly<Record<string, string>>;
  /** Principals of `levels` that are service principals, whatever they look like: who a pipeline runs as. @default - as `levels` says */
  readonly servicePrincipals?: readonly string[];
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
        ...(props.servicePrincipals?.includes(principal)
          ? { servicePrincipalName: principal }
          : nameOf(principal, resolved(this, principal))),
        permissionLevel: props.levels[principal],
      })),
    });
  }
}

/** Attributes of users and service principals by which a reference tells what it refers to. */
const REFERENCES = { servicePrincipalName: /\.application_id\}$/, userName: /\.user_name\}$/ };

/** @param text the principal with its references written out: `${databricks_service_principal.robot.application_id}` */
function nameOf(
  principal: string,
  text: string,
): Pick<PermissionsAccessControl, "userName" | "groupName" | "servicePrincipalName"> {
  if (APPLICATION_ID.test(text) || REFERENCES.servicePrincipalName.test(text))
    return { servicePrincipalName: principal };
  const user = text.includes("@") || REFERENCES.userName.test(text);
  return user ? { userName: principal } : { groupName: principal };
}
