import type { JobJobClusterNewCluster } from "@cdktf/provider-databricks/lib/job";

type Value = string | number | boolean;

/** One rule of a policy, as the Databricks API writes it. */
export type PolicyElement =
  | { readonly type: "fixed"; readonly value: Value; readonly hidden?: boolean }
  | {
      readonly type: "allowlist";
      readonly values: readonly Value[];
      readonly defaultValue?: Value;
      readonly isOptional?: boolean;
    }
  | { readonly type: "range"; readonly minValue?: number; readonly maxValue?: number; readonly isOptional?: boolean }
  | { readonly type: "regex"; readonly pattern: string; readonly isOptional?: boolean }
  | { readonly type: "forbidden" }
  | { readonly type: "unlimited"; readonly isOptional?: boolean };

/** A policy: rules by attribute path, such as `custom_tags.team` or `aws_attributes.availability`. */
export type PolicyDefinition = Readonly<Record<string, PolicyElement>>;

/** The attributes of a cluster block by their path in the API. Keys of maps (tags, confs) stay as they are. */
export function clusterAttributes(cluster: JobJobClusterNewCluster): Record<string, Value> {
  const attributes: Record<string, Value> = { cluster_type: "job" };
  for (const [key, value] of Object.entries(cluster)) {
    const name = snakeCase(key);
    if (isValue(value)) attributes[name] = value;
    else if (typeof value === "object" && value !== null) {
      const isMap = ["customTags", "sparkConf", "sparkEnvVars"].includes(key);
      for (const [inner, innerValue] of Object.entries(value)) {
        if (isValue(innerValue)) attributes[`${name}.${isMap ? inner : snakeCase(inner)}`] = innerValue;
      }
    }
  }
  for (const [at, script] of scriptsOf(cluster).entries()) {
    const [[kind, target] = []] = Object.entries(script);
    if (isValue(target?.destination)) attributes[`init_scripts.${at}.${kind}.destination`] = target.destination;
  }
  delete attributes["policy_id"];
  return attributes;
}

type Scripts = readonly Readonly<Record<string, { readonly destination?: unknown }>>[];

function scriptsOf({ initScripts }: JobJobClusterNewCluster): Scripts {
  return Array.isArray(initScripts) ? (initScripts as unknown as Scripts) : [];
}

/**
 * The policy that allows clusters like this one: the same, or with fewer workers. What could cost money or widen
 * access is fixed; what is not named stays free.
 */
export function policyFor(cluster: JobJobClusterNewCluster): PolicyDefinition {
  const definition: Record<string, PolicyElement> = {};
  for (const [path, value] of Object.entries(clusterAttributes(cluster))) {
    definition[path] =
      WORKERS.includes(path) && typeof value === "number"
        ? { type: "range", maxValue: value }
        : { type: "fixed", value };
  }
  return definition;
}

const WORKERS = ["num_workers", "autoscale.min_workers", "autoscale.max_workers"];

/** Lists the settings of a cluster that the policy does not allow, one sentence each. */
export function policyViolations(cluster: Readonly<Record<string, Value>>, definition: PolicyDefinition): string[] {
  return Object.entries(definition).flatMap(([path, element]) => {
    const problem = violation(cluster[path], element);
    return problem === undefined ? [] : [`${path} is ${JSON.stringify(cluster[path] ?? null)}, the policy ${problem}`];
  });
}

function violation(value: Value | undefined, element: PolicyElement): string | undefined {
  if (element.type === "forbidden") return value === undefined ? undefined : "forbids it";
  if (element.type === "fixed")
    return value === element.value ? undefined : `fixes it to ${JSON.stringify(element.value)}`;
  if (value === undefined) return element.isOptional ? undefined : "requires it";
  switch (element.type) {
    case "allowlist":
      return element.values.includes(value)
        ? undefined
        : `allows ${element.values.map((one) => JSON.stringify(one)).join(", ")}`;
    case "regex":
      return new RegExp(`^(?:${element.pattern})$`).test(String(value))
        ? undefined
        : `wants it to match ${element.pattern}`;
    case "range": {
      const { minValue = Number.NEGATIVE_INFINITY, maxValue = Number.POSITIVE_INFINITY } = element;
      const inRange = typeof value === "number" && value >= minValue && value <= maxValue;
      return inRange ? undefined : `allows ${element.minValue ?? "any"} to ${element.maxValue ?? "any"}`;
    }
    case "unlimited":
      return undefined;
  }
}

function isValue(value: unknown): value is Value {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
