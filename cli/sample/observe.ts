import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../fault";
import { PACKAGE, toolsFolder } from "../paths";

/** Observations of the pipeline on a sample: the answer of `python -m pipelines.sample`. */
export interface Sample {
  readonly records: number;
  /** Records that a run would quarantine, the first of them with their reason. */
  readonly unusable: number;
  readonly faults: readonly { readonly record: number; readonly code: string; readonly detail: string }[];
  /** In the order in which they appear. */
  readonly fields: readonly SampleField[];
  /** Scalars inside of objects, by their paths. */
  readonly inner?: readonly InnerField[];
  /** Paths of the scalars beside the records in every document, by the names that records would get. */
  readonly carry?: Readonly<Record<string, string>>;
  /** Path of the records where the documents of the sample are envelopes around them. */
  readonly envelope?: string | null;
  /** Wrapping of the records, where all of them are change events. */
  readonly unwrap?: "debezium" | null;
}

export interface SampleField {
  /** As it stands in the sample. */
  readonly name: string;
  /** Its column in silver. */
  readonly column: string;
  /** The type that a run would infer; null where no value tells. */
  readonly type: string | null;
  /** Records in which it has a value. */
  readonly values: number;
  readonly distinct: number;
  /** Shape of a value: 99-aaa. */
  readonly shape: string;
  /** Hint for an object whose keys look like data. */
  readonly map?: string | null;
}

export interface InnerField extends SampleField {
  /** The last name of the path. */
  readonly leaf: string;
}

/**
 * Types a sample by the pipeline's own inference, so that what is said here is what a run will do.
 *
 * @param records path of the records in its documents, empty where a document is a record; guessed where it is left out
 */
export function observe(file: string, records?: string): Sample {
  const given = records === undefined ? [] : [records];
  const { status, stdout, stderr, error } = spawnSync(anyPython(), ["-m", "pipelines.sample", file, ...given], {
    cwd: PACKAGE,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONPATH: PACKAGE, PYTHONNOUSERSITE: "1", PYTHONUTF8: "1", PYTHONDONTWRITEBYTECODE: "1" },
  });
  if (error !== undefined) throw new Fault(`The sample could not be looked at: ${error.message}`);
  if (status !== 0) throw new Fault(stderr.trim().split("\n").at(-1) || `Python ended with status ${status}`);
  return JSON.parse(stdout);
}

/** Inference needs no package: the environment of the set-up, or else any Python that is new enough. */
function anyPython(): string {
  const windows = process.platform === "win32";
  const own = join(toolsFolder(), "python", ...(windows ? ["Scripts", "python.exe"] : ["bin", "python"]));
  if (existsSync(own)) return own;
  const enough = "import sys; sys.exit(sys.version_info < (3, 10))";
  const found = (windows ? ["py", "python"] : ["python3", "python"]).find(
    (name) => spawnSync(name, ["-c", enough], { stdio: "ignore" }).status === 0,
  );
  if (found === undefined)
    throw new Fault("No Python 3.10 or newer was found, by which the sample is typed: install it.");
  return found;
}
