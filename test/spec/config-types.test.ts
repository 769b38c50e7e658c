/** The generated types of config are those of the definitions, and say in an editor what each key means. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import type { z } from "zod";
import type {
  DashboardConfig,
  DashboardInput,
  dashboardConfig,
  EnvironmentConfig,
  EnvironmentInput,
  environmentConfig,
  GoldModel,
  goldModel,
  PipelineConfig,
  PipelineInput,
  pipelineConfig,
  TopicConfig,
  TopicInput,
  topicConfig,
} from "../../spec";
import { ROOT } from "./project";

/** A type with every key required, down to the last, so that a key that one type lacks is seen. */
type Whole<T> = T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;
type Assignable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Same<A, B> = Assignable<A, B> extends true ? Assignable<Whole<A>, Whole<B>> : false;

/** Does not compile where a generated type is not that of its definition. */
const SAME: [
  Same<PipelineInput, z.input<typeof pipelineConfig>>,
  Same<TopicInput, z.input<typeof topicConfig>>,
  Same<EnvironmentInput, z.input<typeof environmentConfig>>,
  Same<DashboardInput, z.input<typeof dashboardConfig>>,
  Same<PipelineConfig, z.infer<typeof pipelineConfig>>,
  Same<TopicConfig, z.infer<typeof topicConfig>>,
  Same<EnvironmentConfig, z.infer<typeof environmentConfig>>,
  Same<DashboardConfig, z.infer<typeof dashboardConfig>>,
  Same<GoldModel, z.infer<typeof goldModel>>,
] = [true, true, true, true, true, true, true, true, true];

/** The comparison itself is not blind. */
const OTHER: [Same<{ a?: 1; b: 2 }, { b: 2 }>, Same<{ a?: 1 }, { a: 1 }>, Same<{ a: { b?: 1 } }, { a: { b?: 2 } }>] = [
  false,
  false,
  false,
];

it("are the types of the definitions", () => {
  expect([...SAME, ...OTHER]).toHaveLength(12);
});

it("say in an editor what a key means, what it may be and its default, where only the package is there", async () => {
  const project = `
    import { defineDocument, type EnvironmentConfig, type QualityRule } from "medallion/spec";
    defineDocument({
      name: "shop",
      settings: { /*hover*/heartbeatMinutes: 5 },
      topics: { orders: {
        source: { files: "orders", /*hover*/settleSeconds: 1 },
        silver: { /*hover*/mode: "upsert", /*hover*/keys: ["order_id"] },
        schema: { /*hover*/onNewField: "add" },
      } },
    });
    export const read = (environment: EnvironmentConfig, rule: QualityRule) => [
      environment.job./*hover*/retries, environment./*hover*/runAs, rule./*hover*/onViolation];`;
  const child = spawn(process.execPath, ["--import", "tsx", "test/spec/support/hover.ts"], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(project);
  expect(JSON.parse(await text(child.stdout))).toEqual({
    faults: [],
    hovers: {
      heartbeatMinutes: expect.stringMatching(/^Minutes after .* Whole number, at least 1\. @default 10$/),
      settleSeconds: expect.stringMatching(/^Minimum age of a file in seconds .* @default 0$/),
      mode: expect.stringMatching(/^append: every row\. upsert: .*\(SCD type 2\)\.$/),
      keys: expect.stringMatching(/^Fields that identify a row.* @default \[\]$/),
      onNewField: expect.stringMatching(/^A field not seen before.* @default "add"$/),
      retries: expect.stringMatching(/^Number of retries of a failed task\. .* @default 1$/),
      runAs: expect.stringMatching(/^Identity that the job runs as\. @default - the deploying identity$/),
      onViolation: expect.stringMatching(/^Action on rows that break the rule.* @default "warn"$/),
    },
  });
}, 180_000);
