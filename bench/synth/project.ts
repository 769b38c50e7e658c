import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const TOPICS_PER_TASK = 5;
const MODELS = 20;

/** Number of topics of each shard: 500, and at least two shards. */
export function topicsPerShard(topics: number): number {
  return Math.min(500, topics / 2);
}

/** Writes a project with this many topics, as somebody would have written it by hand. */
export function writeProject(root: string, topics: number): void {
  const write = (file: string, lines: readonly string[]) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${lines.join("\n")}\n`);
  };
  write("config/pipeline.yaml", ["name: bench", "description: Many topics."]);
  write("config/environments/bench.yaml", ENVIRONMENT(topics));
  for (const name of topicNames(topics)) write(`config/topics/${name}.yaml`, TOPIC(name));
  for (let model = 0; model < MODELS; model++) {
    const names = topicNames(topics);
    const [first, second] = [names[(model * 7) % topics], names[(model * 7 + 1) % topics]];
    write(`notebooks/gold/metric_${model}.sql`, MODEL(`metric_${model}`, first ?? "", second ?? ""));
  }
}

function topicNames(topics: number): string[] {
  return Array.from({ length: topics }, (_, at) => `topic_${String(at).padStart(4, "0")}`);
}

const ENVIRONMENT = (topics: number): string[] => [
  "name: bench",
  "cloud: aws",
  "mode: production",
  "catalog: { name: bench, create: true }",
  "compute: { kind: job_cluster, nodeType: m6gd.xlarge, workers: { min: 1, max: 4 } }",
  "job:",
  "  layout: staged",
  `  topicsPerTask: ${TOPICS_PER_TASK}`,
  `  shards: ${topics / topicsPerShard(topics)}`,
  '  trigger: { schedule: { cron: "0 0/15 * * * ?" } }',
  "backend: { s3: { bucket: bench-state, region: eu-central-1 } }",
  "runAs: { servicePrincipal: 00000000-0000-0000-0000-000000000001 }",
  "roles: { reader: [analysts], engineer: [data-engineers], operator: [data-operators] }",
  "notifications: { onFailure: [oncall@example.com] }",
  "tags: { project: bench }",
];

const TOPIC = (name: string): string[] => [
  `description: Events of ${name}.`,
  `source: { files: ${name} }`,
  "silver:",
  "  mode: upsert",
  "  keys: [id]",
  "  sequenceBy: updated_at",
  "schema:",
  '  hints: { amount: "decimal(18,4)" }',
  "quality:",
  '  - { name: has_customer, expect: "customer_id IS NOT NULL", onViolation: warn }',
];

const MODEL = (name: string, first: string, second: string): string[] => [
  `-- model: ${name}`,
  `-- description: Amounts of ${first} and ${second}.`,
  "-- grain: id",
  `-- needs: ${first}(id bigint, amount decimal(18,4))`,
  `-- needs: ${second}(id bigint)`,
  `SELECT ${first}.id AS id, sum(amount) AS amount FROM ${first} JOIN ${second} ON ${first}.id = ${second}.id GROUP BY ${first}.id`,
];
