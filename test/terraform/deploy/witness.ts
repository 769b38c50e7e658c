import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tail } from "../command";
import type { LocalWorkspace } from "./workspace";

/** What was seen of one type of resource: see docs/reference/witnesses.md. */
export interface Witness {
  readonly type: string;
  /** Number of resources that were created, read again by a second plan without changes, and destroyed. */
  created: number;
  /** Effect of one changed attribute, such as `in place (comment)` or `replaced (permission)`. */
  update?: string;
  /** Result of an import into an empty state: `no changes`, `then changes <attributes>`, `then replaced, by <attributes>`, or why it is impossible. */
  imported?: string;
}

/** A stack as its `cdk.tf.json` holds it, to be changed. */
interface MutableStack {
  resource: Record<string, Record<string, Record<string, unknown>>>;
}

interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly importing?: unknown;
    readonly before: Record<string, unknown> | null;
    readonly after: Record<string, unknown> | null;
    readonly after_unknown: Record<string, unknown>;
  };
}

interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly values: Record<string, unknown>;
}

/** Changes one attribute of a resource; false where this one has none to change. */
type Edit = (resource: Record<string, unknown>, folder: string) => boolean;

const text =
  (attribute: string): Edit =>
  (resource) => {
    resource[attribute] = `${resource[attribute] ?? ""} (changed)`;
    return true;
  };
const value =
  (attribute: string, changed: unknown): Edit =>
  (resource) => {
    resource[attribute] = changed;
    return true;
  };
/** Takes the last element out of a list that has several. */
const shorter =
  (attribute: string): Edit =>
  (resource) => {
    const list = resource[attribute] as unknown[];
    if (list.length < 2) return false;
    resource[attribute] = list.slice(0, -1);
    return true;
  };
const content: Edit = (resource, folder) => {
  appendFileSync(join(folder, String(resource["source"])), "\n");
  return true;
};

/**
 * One change for each type. A directory and a secret scope have nothing but their name, which everything in them depends on.
 */
const EDITS: Readonly<Record<string, readonly [attribute: string, Edit]>> = {
  databricks_alert_v2: ["custom_summary", text("custom_summary")],
  databricks_catalog: ["comment", text("comment")],
  databricks_cluster_policy: ["max_clusters_per_user", value("max_clusters_per_user", 7)],
  databricks_credential: ["comment", text("comment")],
  databricks_dashboard: ["display_name", text("display_name")],
  databricks_external_location: ["comment", text("comment")],
  databricks_grant: ["privileges", shorter("privileges")],
  databricks_job: ["timeout_seconds", value("timeout_seconds", 4321)],
  databricks_notebook: ["content", content],
  databricks_notification_destination: ["display_name", text("display_name")],
  databricks_permissions: ["access_control", shorter("access_control")],
  databricks_pipeline: ["channel", value("channel", "PREVIEW")],
  databricks_schema: ["comment", text("comment")],
  databricks_secret_acl: ["permission", value("permission", "WRITE")],
  databricks_sql_endpoint: ["auto_stop_mins", value("auto_stop_mins", 45)],
  databricks_sql_table: ["comment", text("comment")],
  databricks_storage_credential: ["comment", text("comment")],
  databricks_volume: ["comment", text("comment")],
  databricks_workspace_binding: ["binding_type", value("binding_type", "BINDING_TYPE_READ_ONLY")],
  databricks_workspace_file: ["content", content],
};

/**
 * Looks at each type of resource of a deployed stack: its resources are imported into an empty state by a plan, and one
 * resource of it is changed and applied, after which nothing may be left to do.
 *
 * @returns what was seen of each type, and faults
 */
export function witness(workspace: LocalWorkspace, stack: string): { witnesses: Witness[]; faults: string[] } {
  const resources = stateOf(workspace, stack);
  const witnesses = new Map<string, Witness>();
  for (const { type } of resources) {
    const seen = witnesses.get(type) ?? { type, created: 0 };
    seen.created += 1;
    witnesses.set(type, seen);
  }
  const faults = [...planImports(workspace, stack, resources, witnesses), ...change(workspace, stack, witnesses)];
  return { witnesses: [...witnesses.values()], faults };
}

function stateOf(workspace: LocalWorkspace, stack: string): StateResource[] {
  const { values } = JSON.parse(workspace.terraform(stack, "show", "-json").stdout) as {
    readonly values?: { readonly root_module: { readonly resources?: readonly (StateResource & { mode: string })[] } };
  };
  return (values?.root_module.resources ?? []).filter(({ mode }) => mode === "managed");
}

/** Plans with an empty state to import every resource; a type that the provider cannot import is left out of the next attempt. */
function planImports(
  workspace: LocalWorkspace,
  stack: string,
  resources: readonly StateResource[],
  witnesses: ReadonlyMap<string, Witness>,
): string[] {
  const file = join(stack, "imports.tf.json");
  const impossible = new Map<string, string>();
  try {
    for (let attempt = 0; attempt <= witnesses.size; attempt++) {
      const wanted = resources.filter(({ type }) => !impossible.has(type));
      writeFileSync(
        file,
        JSON.stringify({ import: wanted.map(({ address, values }) => ({ to: address, id: String(values["id"]) })) }),
      );
      const planned = workspace.terraform(stack, "plan", "-json", "-state=empty.tfstate", "-out=import.tfplan");
      if (planned.status === 0) {
        const changes = shown(workspace, stack, "import.tfplan");
        for (const seen of witnesses.values())
          seen.imported = impossible.get(seen.type) ?? imported(changes.filter(({ type }) => type === seen.type));
        return [];
      }
      const found = reasons(planned.stdout, wanted);
      if (found.size === 0) return [`import: ${tail(planned.stdout, 10)}`];
      for (const [type, reason] of found) impossible.set(type, reason);
    }
    return ["import: no plan passed"];
  } finally {
    rmSync(file, { force: true });
  }
}

/** The types whose import failed, with the reason, from the messages of a plan. */
function reasons(stdout: string, wanted: readonly StateResource[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of stdout.split("\n").filter((each) => each.includes('"@level":"error"'))) {
    const { diagnostic } = JSON.parse(line) as {
      readonly diagnostic?: { readonly summary: string; readonly detail: string; readonly address?: string };
    };
    if (diagnostic === undefined) continue;
    const said = `${diagnostic.address ?? ""} ${diagnostic.summary} ${diagnostic.detail}`;
    const resource =
      wanted.find(({ address }) => said.includes(address)) ?? wanted.find(({ type }) => said.includes(type));
    if (resource !== undefined) found.set(resource.type, `impossible: ${diagnostic.summary}`);
  }
  return found;
}

function imported(changes: readonly ResourceChange[]): string {
  const replaced = changes.some(({ change: { actions } }) => actions.length > 1);
  const attributes = new Set(
    changes.flatMap(({ change: { actions, before, after, after_unknown: unknown } }) =>
      actions.includes("no-op") || after === null
        ? []
        : Object.keys(after).filter(
            (key) => unknown[key] === undefined && JSON.stringify(before?.[key]) !== JSON.stringify(after[key]),
          ),
    ),
  );
  const names = [...attributes].sort().join(", ");
  return attributes.size === 0 ? "no changes" : `${replaced ? "then replaced, by" : "then changes"} ${names}`;
}

/** Changes one resource of each type, applies that, and plans once more. */
function change(workspace: LocalWorkspace, stack: string, witnesses: ReadonlyMap<string, Witness>): string[] {
  const file = join(stack, "cdk.tf.json");
  const declared: MutableStack = JSON.parse(readFileSync(file, "utf8"));
  const edited = new Set<string>();
  for (const { type } of witnesses.values()) {
    const edit = EDITS[type]?.[1];
    if (edit === undefined) continue;
    const first = Object.entries(declared.resource[type] ?? {}).find(([, resource]) => edit(resource, stack));
    if (first !== undefined) edited.add(`${type}.${first[0]}`);
  }
  writeFileSync(file, JSON.stringify(declared, undefined, 2));
  const planned = workspace.terraform(stack, "plan", "-out=change.tfplan");
  if (planned.status !== 0) return [`change: ${tail(planned.stderr, 30)}`];
  const faults: string[] = [];
  for (const {
    address,
    type,
    change: { actions },
  } of shown(workspace, stack, "change.tfplan")) {
    const how = actions.length > 1 ? "replaced" : actions[0] === "update" ? "in place" : actions[0];
    if (edited.has(address)) {
      const seen = witnesses.get(type);
      if (how === "no-op") faults.push(`a change of ${address} was not seen`);
      else if (seen !== undefined) seen.update = `${how} (${EDITS[type]?.[0]})`;
    } else if (how === "replaced" || how === "delete") faults.push(`the changes would ${how} ${address} too`);
  }
  const applied = workspace.terraform(stack, "apply", "change.tfplan");
  if (applied.status !== 0) return [...faults, `change: ${tail(applied.stderr, 30)}`];
  const { status, stdout } = workspace.terraform(stack, "plan", "-detailed-exitcode");
  if (status !== 0) faults.push(`the changes left something to do: ${tail(stdout, 40)}`);
  return faults;
}

function shown(workspace: LocalWorkspace, stack: string, plan: string): ResourceChange[] {
  const { resource_changes: changes = [] } = JSON.parse(workspace.terraform(stack, "show", "-json", plan).stdout) as {
    readonly resource_changes?: ResourceChange[];
  };
  return changes;
}
