import type { PolicyRule } from "./rule";

/** The attribute that stops idle compute. Job clusters end with their run and need none. */
const IDLE_LIMIT: Readonly<Record<string, string>> = {
  databricks_cluster: "autotermination_minutes",
  databricks_sql_endpoint: "auto_stop_mins",
};

export const stopsByItself: PolicyRule = {
  id: "stops-by-itself",
  why: "compute that nobody uses is paid for around the clock",
  violation: ({ type, attributes }) => {
    const name = IDLE_LIMIT[type];
    if (name === undefined) return undefined;
    const minutes = attributes[name];
    // What is left out stops after a while by the platform's own default; what is set to 0 never does.
    return minutes === 0 || minutes === "0"
      ? `${type} never stops (${name} is 0); set it to 10 to 120 minutes`
      : undefined;
  },
};
