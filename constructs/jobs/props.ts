import type { ITerraformDependable } from "cdktf";
import type { PipelineDocument, TriggerConfig } from "../../spec";
import type { PipelineCode } from "../code/pipeline-code";
import type { ICompute } from "../compute/compute";

/** Properties of a `PipelineJob`. */
export interface PipelineJobProps {
  readonly name: string;
  /** Purpose of its environment; stands in the job's description, after the purpose of the pipeline. @default - nothing is said */
  readonly description?: string;
  readonly document: PipelineDocument;
  readonly code: PipelineCode;
  readonly compute: ICompute;
  /** Parameters of the job by name, with their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Path of the landing volume, watched by a file arrival trigger. */
  readonly landingUrl: string;
  /** staged: a task per topic and stage. one_task: all in one process. @default - staged on clusters, one_task on serverless */
  readonly layout?: "staged" | "one_task";
  /** one_task only. @default notebook */
  readonly taskType?: "notebook" | "python";
  /** staged only: topics that share a task. @default 1 */
  readonly topicsPerTask?: number;
  /** staged only: jobs that share the topics, where one job's limits end; the main one starts them. @default 1 */
  readonly shards?: number;
  /** one_task only: the run goes on for ever, an iteration every `intervalSeconds`. @default - a run ends when it has read what is there */
  readonly loop?: { readonly intervalSeconds: number };
  /** @default - started by hand */
  readonly trigger?: TriggerConfig;
  /** @default false */
  readonly paused?: boolean;
  /** Number of retries of a failed task. @default 1 */
  readonly retries?: number;
  /** Runs longer than this many minutes are cancelled, unless they loop or are continuous. @default 120 */
  readonly timeoutMinutes?: number;
  /** Runs longer than this many minutes are reported to the recipients of failures. @default - half of timeoutMinutes */
  readonly warnAfterMinutes?: number;
  /** A run that starts while one is going waits. @default true */
  readonly queue?: boolean;
  /** Application id of the service principal that it runs as. @default - who deploys it */
  readonly runAs?: string;
  /** The job can be edited in code only. @default false */
  readonly lockUi?: boolean;
  /** @default - nobody is told */
  readonly notifications?: {
    readonly onFailure: readonly string[];
    readonly onSuccess?: readonly string[];
    readonly webhooks: readonly string[];
  };
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Maximum number of tasks that the workspace runs at the same time, where that is few (5 on Free Edition). @default - the platform's */
  readonly concurrentTasks?: number;
  /** Resources that must exist before the job: grants above all. */
  readonly dependsOn?: readonly ITerraformDependable[];
}
