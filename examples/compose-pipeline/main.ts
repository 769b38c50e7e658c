/** The pipeline inside a platform's own stack: catalog and cluster policy are the platform's, the rest is made here. */
import { DatabricksProvider } from "@cdktf/provider-databricks/lib/provider";
import { App, Aspects, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { acknowledge, Catalog, ClusterPolicy, MedallionPipeline, PolicyAspect } from "medallion";
import { defineDocument } from "medallion/spec";

/** The same keys as the YAML and SQL files of a project; a team may as well keep those and call loadProject(folder). */
const document = defineDocument({
  name: "payments",
  description: "Card payments, from raw events to daily totals.",
  topics: {
    payments: {
      source: { files: "payments" },
      silver: { mode: "upsert", keys: ["payment_id"], sequenceBy: "updated_at" },
      schema: { hints: { amount: "decimal(18,2)" } },
      quality: [{ name: "has_amount", expect: "amount IS NOT NULL", onViolation: "quarantine" }],
    },
  },
  gold: {
    daily_totals: [
      "-- model: daily_totals",
      "-- grain: day",
      "-- needs: payments(paid_at timestamp, amount decimal(18,2))",
      "SELECT date(paid_at) AS day, sum(amount) AS total FROM payments GROUP BY date(paid_at)",
    ].join("\n"),
  },
});

class PlatformStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new DatabricksProvider(this, "databricks");

    const pipeline = new MedallionPipeline(this, "Payments", {
      document,
      // Existing: never changed, never granted on.
      catalog: Catalog.fromName("platform"),
      clusterPolicy: ClusterPolicy.fromId("D96308F1BF0003A8"),
      environment: {
        name: "platform-prod",
        cloud: "azure",
        mode: "production",
        compute: { kind: "job_cluster", nodeType: "Standard_D8ds_v5", workers: { min: 1, max: 4 } },
        job: { trigger: { periodic: { interval: 1, unit: "HOURS" } } },
        runAs: { servicePrincipal: "00000000-0000-0000-0000-000000000001" },
        roles: { reader: ["analysts"] },
        notifications: { onFailure: ["data-oncall@example.com"] },
        tags: { cost_center: "payments" },
      },
    });

    // What is not modelled is one property away: the L1 resource of every construct is public.
    pipeline.job.resource.addOverride("budget_policy_id", "0f3c5a1e-policy");

    // This package's policies, beside your own; what is accepted says why, at every synth.
    Aspects.of(this).add(new PolicyAspect({ mode: "production" }));
    acknowledge(pipeline.checkpoints, "data-protected", "checkpoints are rebuilt from bronze");

    new TerraformOutput(this, "Job", { value: pipeline.job.resource.id });
  }
}

const app = new App();
new PlatformStack(app, "platform");
app.synth();
