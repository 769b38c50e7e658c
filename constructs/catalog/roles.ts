import type { EnvironmentConfig, Layer } from "../../spec";
import type { ICatalog } from "./catalog";
import type { GrantSpec } from "./grants";
import type { ISchema } from "./schema";
import type { IVolume } from "./volume";

/** Role of a principal: what it may read, write and run. */
export type Role = keyof EnvironmentConfig["roles"];

/** Whoever has a role. */
export type Roles = Readonly<Record<Role, readonly string[]>>;

/** Objects that roles are granted on. Only those of this deployment: existing ones belong to somebody else's grants. */
export interface RoleTargets {
  readonly catalog: ICatalog;
  readonly schemas: Readonly<Record<Layer, ISchema>>;
  readonly landing: IVolume;
  readonly checkpoints: IVolume;
}

type SecurableName = "catalog" | Layer | "landing" | "checkpoints";
type Privileges = Partial<Record<SecurableName, readonly string[]>>;

const READ = ["USE_SCHEMA", "SELECT"];
const WRITE = [...READ, "MODIFY", "CREATE_TABLE"];

/** Privileges by role, at schema level. Readers get silver and gold only: bronze and quarantine may hold personal data. */
const BY_ROLE: Record<Role, Privileges> = {
  reader: { catalog: ["USE_CATALOG"], silver: READ, gold: READ },
  engineer: {
    catalog: ["USE_CATALOG"],
    bronze: READ,
    silver: READ,
    gold: READ,
    ops: READ,
    landing: ["READ_VOLUME"],
    checkpoints: ["READ_VOLUME"],
  },
  // Dashboards show operators what they may read themselves.
  operator: { catalog: ["USE_CATALOG"], gold: READ, ops: READ },
  service: {
    catalog: ["USE_CATALOG"],
    bronze: WRITE,
    silver: WRITE,
    gold: WRITE,
    ops: WRITE,
    landing: ["READ_VOLUME"],
    checkpoints: ["READ_VOLUME", "WRITE_VOLUME"],
  },
};

/** Further privileges of engineers in development: make schemas of their own, and put files into the landing volume. */
const ENGINEER_WRITES: Privileges = {
  catalog: ["CREATE_SCHEMA"],
  bronze: WRITE,
  silver: WRITE,
  gold: WRITE,
  ops: WRITE,
  landing: ["WRITE_VOLUME"],
  checkpoints: ["WRITE_VOLUME"],
};

/** Further privileges of the service where a declarative pipeline makes silver and gold. */
const SERVICE_DECLARES: Privileges = {
  silver: ["CREATE_MATERIALIZED_VIEW"],
  gold: ["CREATE_MATERIALIZED_VIEW"],
};

/** The grants that roles come to. */
export function roleGrants(
  roles: Roles,
  targets: RoleTargets,
  options: { readonly engineersWrite: boolean; readonly declarative?: boolean },
): GrantSpec[] {
  const assigned: [Role, Privileges][] = (Object.keys(BY_ROLE) as Role[]).map((role) => [role, BY_ROLE[role]]);
  if (options.engineersWrite) assigned.push(["engineer", ENGINEER_WRITES]);
  if (options.declarative) assigned.push(["service", SERVICE_DECLARES]);
  return assigned.flatMap(([role, privileges]) =>
    roles[role].flatMap((principal) =>
      (Object.entries(privileges) as [SecurableName, readonly string[]][]).flatMap(([name, names]) => {
        const securable = securableOf(name, targets);
        return securable === undefined ? [] : [{ on: name, securable, principal, privileges: names }];
      }),
    ),
  );
}

function securableOf(name: SecurableName, targets: RoleTargets): GrantSpec["securable"] | undefined {
  const { catalog, schemas, landing, checkpoints } = targets;
  switch (name) {
    case "catalog":
      return catalog.resource && { catalog: catalog.reference };
    case "landing":
      return landing.resource && { volume: landing.fullReference };
    case "checkpoints":
      return checkpoints.resource && { volume: checkpoints.fullReference };
    default:
      return schemas[name].resource && { schema: schemas[name].fullReference };
  }
}
