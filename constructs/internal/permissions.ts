import {
  type PermissionsAccessControl,
  type PermissionsConfig,
  Permissions as PermissionsResource,
} from "@cdktf/provider-databricks/lib/permissions";
import { Construct } from "constructs";
import { APPLICATION_ID } from "../../spec";
import { claim, resolved } from "./ownership";

/** Permission levels of principals on one object of the workspace. */
export interface PermissionsProps {
  readonly object: Pick<
    PermissionsConfig,
    "jobId" | "clusterPolicyId" | "sqlEndpointId" | "dashboardId" | "pipelineId" | "directoryPath"
  >;
  /** Level by principal: a user by address, a service principal by application id, else a group. What is known only at apply is what it refers to. */
  readonly permissionLevels: Readonly<Record<string, string>>;
  /** Principals of `permissionLevels` that are service principals, whatever they look like: who a pipeline runs as. @default - as `permissionLevels` says */
  readonly servicePrincipals?: readonly string[];
}

/** Permissions of one object. They are all of its permissions: nothing else may set them. */
export class Permissions extends Construct {
  readonly resource: PermissionsResource;

  constructor(scope: Construct, id: string, props: PermissionsProps) {
    super(scope, id);
    const [kind = "", object = ""] = Object.entries(props.object)[0] ?? [];
    claim(this, `permissions on ${kind}`, object);
    const principals = Object.keys(props.permissionLevels).sort();
    this.resource = new PermissionsResource(this, "Resource", {
      ...props.object,
      accessControl: principals.map((principal) => ({
        ...(props.servicePrincipals?.includes(principal)
          ? { servicePrincipalName: principal }
          : nameOf(principal, resolved(this, principal))),
        permissionLevel: props.permissionLevels[principal],
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
