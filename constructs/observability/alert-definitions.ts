/** Query of an alert, and its message. */
export interface AlertDefinition {
  /** Also its id in the tree of constructs. */
  readonly name: string;
  /** Subject of the message: the event, in a few words. */
  readonly summary: string;
  /** Meaning of the event and what to do, with the action of the job by name. */
  readonly advice: string;
  /** One row with one number, in a column named like `column`. */
  readonly query: string;
  readonly column: string;
  /** Raised when the number is greater. */
  readonly above: number;
}

export interface AlertInput {
  /** The ops schema as SQL names it. */
  readonly ops: string;
  /** Minutes between two evaluations: each looks at what came since the one before. */
  readonly checkMinutes: number;
  readonly freshnessHours: number;
}

/** The alerts of a pipeline. Their texts hold numbers and names, never values of the data. */
export function alertDefinitions({ ops, checkMinutes, freshnessHours }: AlertInput): AlertDefinition[] {
  // Twice the interval: an evaluation that starts late must not leave a gap. What is still there is not told twice,
  // since an alert speaks when its state changes.
  const recent = `ts >= current_timestamp() - INTERVAL ${2 * checkMinutes} MINUTES`;
  return [
    {
      name: "drift",
      summary: "{{QUERY_RESULT_VALUE}} schema changes",
      advice:
        "Topics have new fields or other types than before; the registry has the new versions and the tables follow by themselves. " +
        `Look at them: SELECT * FROM ${ops}.schema_drift ORDER BY ts DESC. If a change is wrong, correct the source or add a hint to ` +
        "schema.hints of the topic, deploy, and run the job with action full_refresh, which derives silver and gold again. A change " +
        "named rejected_... is one that the contract of the topic did not take: where it should, change the contract, deploy, and run " +
        "the job with action replay for what is in quarantine.",
      query: `SELECT count(*) AS changes FROM ${ops}.schema_drift WHERE ${recent}`,
      column: "changes",
      above: 0,
    },
    {
      name: "quality",
      summary: "{{QUERY_RESULT_VALUE}} quality rules rejected data",
      advice:
        "Rules with onViolation fail or quarantine were broken. " +
        `Which ones: SELECT * FROM ${ops}.quality WHERE status IN ('failed', 'quarantined') ORDER BY ts DESC. ` +
        "A rejected batch (failed) waits in bronze and is evaluated again by every run. Correct the source or the rule, deploy, and run the " +
        "job with action run; or let the batch through as it is with action accept_batch; or put what breaks the rule into quarantine, " +
        "and the rest through, with action quarantine_batch. For records in quarantine: correct the rule or repair their raw text, then " +
        'action replay. The three take action_arguments {"topic": "..."}.',
      query: `SELECT count(*) AS rejected FROM ${ops}.quality WHERE status IN ('failed', 'quarantined') AND ${recent}`,
      column: "rejected",
      above: 0,
    },
    {
      name: "freshness",
      summary: "no successful run for {{QUERY_RESULT_VALUE}} hours",
      advice:
        `The pipeline has not succeeded for more than ${freshnessHours} hours. Is its trigger paused, is its compute ` +
        "out of quota, does it fail? Run the job with action doctor, which checks privileges, volumes and the library and says what is missing; " +
        "then with action run.",
      query:
        "SELECT coalesce(round(timestampdiff(MINUTE, max(ts), current_timestamp()) / 60, 1), 0) AS hours " +
        `FROM ${ops}.run_log WHERE event = 'run_succeeded'`,
      column: "hours",
      above: freshnessHours,
    },
    {
      name: "failed_runs",
      summary: "{{QUERY_RESULT_VALUE}} failed runs",
      advice:
        `Tasks failed: SELECT * FROM ${ops}.run_log WHERE level = 'error' ORDER BY ts DESC says which and why. Nothing is lost: what was not ` +
        "finished is done by the next run. When the cause is gone, repair the run, or run the job with action run; if the cause is not clear, " +
        "with action doctor.",
      query: `SELECT count(*) AS failed FROM ${ops}.run_log WHERE event = 'run_failed' AND ${recent}`,
      column: "failed",
      above: 0,
    },
  ];
}
