import type { ConfigFaultCode } from "../fault-codes";
import type { EnvironmentConfig } from "../model/environment";
import type { Known } from "../reading/checked";
import type { Path } from "../reading/yaml-file";

/** Facts about an environment and the project around it. */
export interface EnvironmentFacts {
  readonly env: Known<EnvironmentConfig>;
  /** Contents of the file, without defaults: tells "said so" from "left out". */
  readonly written: Readonly<Record<string, unknown>>;
  /** The layout that results from job.layout and the kind of compute. */
  readonly layout: "staged" | "one_task" | undefined;
  /** The file's name without its extension. */
  readonly stem: string;
  /** True if any topic reads files. */
  readonly hasFiles: boolean;
}

/** One thing that may be wrong with an environment: where, and what; undefined if it is right. */
export interface Rule {
  readonly at: Path;
  /** Kind of the fault. @default - invalid_value */
  readonly code?: ConfigFaultCode;
  readonly fault: (facts: EnvironmentFacts) => string | undefined;
}
