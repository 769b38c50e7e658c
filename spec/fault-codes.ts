/** Meaning of a code of config faults, for whoever reads it: the fault, why it is one, what to do. */
export interface FaultMeaning {
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** Kinds of config faults by code. Codes are stable: scripts and editors may compare them. */
export const CONFIG_FAULTS = {
  not_read: {
    what: "A file or folder of the config is missing, empty, cannot be read, or has another extension than those that are read.",
    why: "A file that is passed over in silence is the hardest fault to find.",
    remedy: "Add the file or the permission to read it, or rename it as the message says.",
  },
  invalid_yaml: {
    what: "The file is not one YAML document.",
    why: "Nothing in the file can be relied on, so nothing else is reported for it.",
    remedy: "Correct the indentation, brackets or quotes at the position.",
  },
  unknown_key: {
    what: "A key does not exist here.",
    why: "A misspelt key would have no effect, and nobody would know.",
    remedy: "Take the key that is suggested or one of those that are listed, or remove it.",
  },
  missing_key: {
    what: "A key, or a value of it, is required here and missing.",
    why: "No default would be right for every project.",
    remedy: "Add the key with one of the allowed values.",
  },
  invalid_value: {
    what: "A value has another type or form than the key allows.",
    why: "The pipeline or the platform would reject it later, or read it as something else.",
    remedy: "Write one of the allowed values. Texts that look like numbers or booleans go in quotes.",
  },
  conflicting_keys: {
    what: "Two settings do not fit together, or one has no effect beside the other.",
    why: "Each is allowed alone; together one of them would be ignored or the run would fail.",
    remedy: "Keep the setting that is meant, and change or remove the other.",
  },
  duplicate: {
    what: "A name, key or entry exists twice, or two things would share a table, folder or column.",
    why: "One would overwrite or hide the other.",
    remedy: "Keep one of them, or give each a name of its own.",
  },
  unknown_name: {
    what: "A setting refers to a topic, model, dataset, column, table, scope or credential that is not declared.",
    why: "The reference would fail at the first run, or read nothing.",
    remedy: "Correct the spelling as suggested, or declare what is referred to.",
  },
  reserved_name: {
    what: "A name cannot be used: the pipeline, SQL or the platform uses it, or it has another form than names have.",
    why: "A table, column or schema of that name would collide with one of the pipeline, or could not be read by SQL.",
    remedy: "Choose another name of the allowed form.",
  },
  unused: {
    what: "Something is declared that nothing uses.",
    why: "Usually the name that should refer to it is misspelt.",
    remedy: "Use it, or remove it.",
  },
  invalid_sql: {
    what: "SQL of a rule, model or dashboard cannot be read, has another form than one expression or one SELECT, or calls a function that is not allowed.",
    why: "Rules and models give the same result at every replay and read only what is declared; that can be guaranteed for deterministic Spark SQL alone.",
    remedy: "Correct the SQL at the position, and replace functions as the message says.",
  },
  undeclared_input: {
    what: "The SELECT of a model reads a table that the line `needs:` of its header does not declare.",
    why: "Order of tasks, permissions and types of inputs come from `needs:`.",
    remedy: "Add the input with its columns to `needs:`.",
  },
  circular_models: {
    what: "Gold models read each other in a circle.",
    why: "None of them could be computed first.",
    remedy: "Move what both need into a model of its own, or read the topics.",
  },
  secret_in_config: {
    what: "A text looks like a password, key or token.",
    why: "Config is committed, and reaches state and plans, where many can read it.",
    remedy:
      "Put the value into a secret scope or an environment variable and refer to it; revoke it where it was committed.",
  },
  reference_in_text: {
    what: "A text holds the mark by which cdktf writes references.",
    why: "It would be replaced by the attribute of whatever resource has that number.",
    remedy: "Write the text without the mark.",
  },
  unfit_for_production: {
    what: "An environment of mode production lacks what production requires, or allows what it forbids.",
    why: "Production runs as a service principal, tells somebody of failures, and holds no code that others can change.",
    remedy: "Set the key as the message says, or use mode: development.",
  },
  unfit_for_free_edition: {
    what: "A setting is not available in Databricks Free Edition (`preset: free`).",
    why: "Free Edition has no classic compute, service principals or external locations, and deploying would fail.",
    remedy: "Remove the setting, or use another environment than free.",
  },
  unfit_for_declarative: {
    what: "A setting cannot be honoured by `engine: declarative`.",
    why: "A declarative pipeline refreshes its tables by itself and would ignore the setting.",
    remedy: "Change the setting as the message says, or use engine: job.",
  },
} as const satisfies Readonly<Record<string, FaultMeaning>>;

/** Code of a kind of config fault. */
export type ConfigFaultCode = keyof typeof CONFIG_FAULTS;
