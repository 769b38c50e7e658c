import { holdsData } from "./holdings";
import { type Attributes, attributes, blocks, has, nameOf, type Plan, type ResourceChange } from "./plan";

/** Attributes that locate a pipeline's tables. */
const WHERE = ["catalog", "schema", "target", "storage"];

/** Lists notices for the reviewer of a plan that passes: nothing is lost by it, but something is different afterwards. */
export function notices(plan: Plan): string[] {
  return [
    ...(plan.complete
      ? []
      : ["The plan is not complete (-target, or changes that Terraform put off): plan again after it."]),
    ...plan.resource_changes.flatMap(ofChange),
    ...plan.resource_drift.flatMap(ofDrift),
  ];
}

function ofChange(change: ResourceChange): string[] {
  const { address, previous_address, type } = change;
  const [before, after] = [attributes(change.change.before), attributes(change.change.after)];
  const said: string[] = [];
  if (previous_address !== undefined)
    said.push(`${previous_address} moves to ${address}: nothing is destroyed by that.`);
  if (change.change.importing !== undefined && change.change.importing !== null)
    said.push(`${address} is imported: it exists already and will be managed from here on.`);
  if (has(change, "forget"))
    said.push(
      `${nameOf(change)} is forgotten: it stays as it is, and Terraform neither changes nor protects it any more.`,
    );
  if (type === "databricks_group_member" && has(change, "create"))
    said.push(`${address} puts somebody into a group, who then has all that the group has.`);
  if (!has(change, "update")) return said;
  const [from, to] = [runsAs(before), runsAs(after)];
  if (from !== to && from !== undefined && to !== undefined)
    said.push(
      `${address} will run as ${to}, not as ${from}: it needs the same rights, and what it runs must be readable to it.`,
    );
  if (!holdsData(type)) return said;
  if (before["force_destroy"] !== true && after["force_destroy"] === true)
    said.push(`${address} gets force_destroy: a later destroy would take along what is in it.`);
  if (typeof after["name"] === "string" && before["name"] !== after["name"])
    said.push(
      `${address} is renamed from ${before["name"]} to ${after["name"]}: who reads it by its name must follow.`,
    );
  if (type === "databricks_pipeline" && WHERE.some((key) => before[key] !== after[key] && after[key] !== undefined))
    said.push(`${address} will write elsewhere: its tables stay behind and are updated no more, new ones are made.`);
  return said;
}

function runsAs(resource: Attributes): string | undefined {
  const name = blocks(resource["run_as"])[0]?.["service_principal_name"];
  return typeof name === "string" && name !== "" ? name : undefined;
}

function ofDrift(change: ResourceChange): string[] {
  return has(change, "delete") && holdsData(change.type)
    ? [`${change.address} was deleted outside of Terraform; the plan makes a new, empty one.`]
    : [];
}
