import { beforeAll, describe, expect, it } from "vitest";
import { type AppRun, runApp } from "./support/app";
import { difference, differences, sanitized } from "./support/golden";
import type { Attributes } from "./support/synth";

const CLOUDS = ["aws", "azure", "gcp"] as const;

/** Where stacks of one purpose may differ between clouds; everything else is the same on all three. */
const CLOUD_PATHS: readonly RegExp[] = [
  /^resource\.databricks_job\.Pipeline_Job\.job_cluster\.0\.new_cluster\.(aws|azure|gcp)_attributes$/,
  /^resource\.databricks_job\.Pipeline_Job\.job_cluster\.0\.new_cluster\.node_type_id$/,
  // What the environment is for names its cloud.
  /^resource\.databricks_job\.Pipeline_Job\.description$/,
  /^resource\.databricks_cluster_policy\.Pipeline_Cluster_Policy\.definition\.(aws|azure|gcp)_attributes\.\w+$/,
  /^resource\.databricks_cluster_policy\.Pipeline_Cluster_Policy\.definition\.node_type_id\.value$/,
  /^terraform\.backend(\.|$)/,
];

/** A stack with what names its cloud replaced: its own name, and tags that the config sets. */
function neutral(stack: Attributes, cloud: string, purpose: string): unknown {
  const text = sanitized(stack)
    .replaceAll(`${purpose}-${cloud}`, `${purpose}-cloud`)
    .replaceAll(`on ${cloud}:`, "on cloud:")
    .replaceAll(`"cloud": "${cloud}"`, '"cloud": "cloud"')
    .replace(new RegExp(`("custom_tags.cloud": \\{\\s+"type": "fixed",\\s+"value": )"${cloud}"`), '$1"cloud"')
    .replace(new RegExp(`("key": "cloud",\\s+"value": )"${cloud}"`), '$1"cloud"');
  return JSON.parse(text);
}

let app: AppRun;
beforeAll(async () => {
  app = await runApp();
  expect(app.stderr).toBe("");
});

describe("whole stacks", () => {
  it("dev-aws is as agreed (npx vitest run test/constructs/golden.test.ts -u accepts a change)", async () => {
    await expect(sanitized(app.stacks["dev-aws"] ?? {})).toMatchFileSnapshot("golden/dev-aws.json");
  });

  it.each(["azure", "gcp"])("dev-%s differs from dev-aws as agreed", async (cloud) => {
    const found = difference(app.stacks["dev-aws"] ?? {}, app.stacks[`dev-${cloud}`] ?? {});
    await expect(found).toMatchFileSnapshot(`golden/dev-${cloud}.diff`);
  });

  it("prod-aws is as agreed", async () => {
    await expect(sanitized(app.stacks["prod-aws"] ?? {})).toMatchFileSnapshot("golden/prod-aws.json");
  });

  it.each(["dev", "staging", "prod"])("%s differs between clouds only where clouds differ", (purpose) => {
    const [aws, ...others] = CLOUDS.map((cloud) => neutral(app.stacks[`${purpose}-${cloud}`] ?? {}, cloud, purpose));
    for (const other of others) {
      const found = differences(aws, other).map((path) => path.join("."));
      expect(found.filter((path) => !CLOUD_PATHS.some((allowed) => allowed.test(path)))).toEqual([]);
      expect(found.length).toBeGreaterThan(0);
    }
  });

  it("allows no difference that does not exist", () => {
    const found = ["dev", "staging", "prod"].flatMap((purpose) => {
      const [aws, azure, gcp] = CLOUDS.map((cloud) => neutral(app.stacks[`${purpose}-${cloud}`] ?? {}, cloud, purpose));
      return [...differences(aws, azure), ...differences(aws, gcp)].map((path) => path.join("."));
    });
    expect(CLOUD_PATHS.filter((allowed) => !found.some((path) => allowed.test(path)))).toEqual([]);
  });
});
