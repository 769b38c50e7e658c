import { Pipeline, type PipelineCluster, type PipelineConfig } from "@cdktf/provider-databricks/lib/pipeline";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type PipelineDocument, refreshFault, unsupportedByDeclarative } from "../../spec";
import type { ISchema } from "../catalog/schema";
import type { PipelineCode } from "../code/pipeline-code";
import type { ICompute } from "../compute/compute";
import { JobCluster } from "../compute/job-cluster";
import { Serverless } from "../compute/serverless";
import { check, type Rule } from "../internal/check";
import { literalTexts } from "../internal/literal";

/** Properties of a `DeclarativePipeline`. */
export interface DeclarativePipelineProps {
  readonly name: string;
  readonly document: PipelineDocument;
  /** Made with engine declarative: its sources are the libraries of the pipeline. */
  readonly code: PipelineCode;
  /** Serverless, or clusters like those of a job. */
  readonly compute: ICompute;
  readonly schemas: { readonly silver: ISchema; readonly ops: ISchema };
  /** Parameters of the job by name: the sources get them as settings `medallion.<name>`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Runtime: the current one, or the next. @default CURRENT */
  readonly channel?: "CURRENT" | "PREVIEW";
  /** Updates are for trying: clusters are reused, nothing is tried again. @default false */
  readonly development?: boolean;
  /** E-mail addresses told when an update fails. @default - nobody; the job tells when it fails */
  readonly emails?: readonly string[];
  /** Application id of the service principal that it runs as. @default - who deploys it */
  readonly runAs?: string;
  /** Terraform rejects a plan that destroys it: its tables would go with it. @default false */
  readonly protect?: boolean;
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Resources that must exist before it: grants above all. */
  readonly dependsOn?: readonly ITerraformDependable[];
}

const unsupported = ({ document }: DeclarativePipelineProps) => [
  ...document.topics.flatMap((topic) =>
    unsupportedByDeclarative(topic).map(({ at, reason }) => `topic ${topic.name}, ${at.join(".")}: ${reason}`),
  ),
  ...document.gold.flatMap((model) => {
    const reason = refreshFault(model);
    return reason === undefined ? [] : [`model ${model.name}, refresh: ${reason}`];
  }),
];

const RULES: readonly Rule<DeclarativePipelineProps>[] = [
  [(p) => p.name.trim() === "", () => "a pipeline needs a name"],
  [
    (p) => p.compute.kind === "existing_cluster",
    () => "a pipeline brings its own compute: serverless or clusters, not an existing cluster",
  ],
  [
    (p) => p.document.topics.length + p.document.gold.length > 1000,
    (p) => `${p.document.topics.length + p.document.gold.length} tables, a pipeline has at most 1000: use engine job`,
  ],
  [
    (p) => unsupported(p).length > 0,
    (p) => `a declarative pipeline cannot do what is asked:\n    ${unsupported(p).join("\n    ")}`,
  ],
];

/**
 * A Lakeflow pipeline over silver and gold. Bronze is the job's: destroying a pipeline drops the tables of it.
 *
 * @example
 * const { schemas, code } = pipeline;
 * new DeclarativePipeline(this, "Declarative", {
 *   name: "shop",
 *   document,
 *   code, // a PipelineCode with engine: "declarative"
 *   compute: new Serverless(),
 *   schemas,
 *   parameters: { catalog: "sales" },
 * });
 */
export class DeclarativePipeline extends Construct {
  readonly resource: Pipeline;

  constructor(scope: Construct, id: string, props: DeclarativePipelineProps) {
    super(scope, id);
    check(this, props, RULES);
    literalTexts(this);
    this.resource = new Pipeline(this, "Resource", toPipeline(props));
  }
}

function toPipeline(props: DeclarativePipelineProps): PipelineConfig {
  const { code, schemas, emails = [] } = props;
  const catalog = schemas.silver.catalog.reference;
  return {
    name: props.name,
    catalog,
    schema: schemas.silver.reference,
    channel: props.channel ?? "CURRENT",
    development: props.development ?? false,
    // An update that never ends would never see a schema that is registered after it began.
    continuous: false,
    ...computeOf(props.compute),
    library: [code.declarative.silver, code.declarative.gold].map(({ path }) => ({ notebook: { path } })),
    configuration: settings(props),
    eventLog: { name: "pipeline_events", catalog, schema: schemas.ops.reference },
    notification:
      emails.length === 0
        ? undefined
        : [
            {
              emailRecipients: [...emails].sort(),
              alerts: ["on-flow-failure", "on-update-failure", "on-update-fatal-failure"],
            },
          ],
    runAs: props.runAs === undefined ? undefined : { servicePrincipalName: props.runAs },
    tags: { ...props.tags },
    lifecycle: props.protect ? { preventDestroy: true } : undefined,
    dependsOn: props.dependsOn === undefined ? undefined : [...props.dependsOn],
  };
}

/** Returns the settings that sources read with `spark.conf.get`. Actions are the job's business. */
function settings({ parameters, document }: DeclarativePipelineProps): Record<string, string> {
  const own = Object.entries(parameters).filter(([name]) => !name.startsWith("action"));
  return {
    ...Object.fromEntries(own.map(([name, value]) => [`medallion.${name}`, value])),
    "medallion.upserts": "auto_cdc",
    // The business zone: gold cuts days in it.
    "spark.sql.session.timeZone": document.settings.timeZone,
  };
}

/** Serverless, or the machines of the job's cluster. Its policy is for jobs and its runtime comes by channel. */
function computeOf(compute: ICompute): Pick<PipelineConfig, "serverless" | "cluster" | "edition" | "budgetPolicyId"> {
  if (!(compute instanceof JobCluster))
    return { serverless: true, budgetPolicyId: compute instanceof Serverless ? compute.props.usagePolicy : undefined };
  const { block } = compute;
  const cluster: PipelineCluster = {
    label: "default",
    nodeTypeId: block.nodeTypeId,
    instancePoolId: block.instancePoolId,
    driverInstancePoolId: block.driverInstancePoolId,
    initScripts: block.initScripts,
    sparkConf: compute.sparkConf,
    numWorkers: block.numWorkers,
    autoscale: block.autoscale && {
      minWorkers: block.autoscale.minWorkers ?? 1,
      maxWorkers: block.autoscale.maxWorkers ?? 1,
      mode: "ENHANCED",
    },
    awsAttributes: block.awsAttributes,
    azureAttributes: block.azureAttributes,
    gcpAttributes: block.gcpAttributes && {
      availability: block.gcpAttributes.availability,
      zoneId: block.gcpAttributes.zoneId,
    },
    customTags: block.customTags,
  };
  // Expectations and change flows are in this edition.
  return { serverless: false, edition: "ADVANCED", cluster: [cluster] };
}
