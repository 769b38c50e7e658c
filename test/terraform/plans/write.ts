/** npm run generate:plans: makes the plans of test/cli/fixtures/plans anew, with Terraform and the real provider. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cliConfig, synthesize } from "../install";
import { ensureProvider } from "../provider";
import { fixtureOf } from "./fixture";
import { Planner } from "./make";
import { SCENARIOS } from "./scenarios";
import { reducedStack } from "./stack";

const FIXTURES = resolve(__dirname, "..", "..", "cli", "fixtures", "plans");

const provider = ensureProvider(console.log);
if ("missing" in provider) throw new Error(`the Databricks provider is not to be had: ${provider.missing}`);
const scratch = mkdtempSync(join(tmpdir(), "medallion-plans-"));
try {
  process.env["TF_CLI_CONFIG_FILE"] = cliConfig(scratch, provider.mirror);
  process.env["MEDALLION_STACKS"] = "prod-aws";
  const planner = new Planner(join(scratch, "plans"), reducedStack(join(synthesize(join(scratch, "out")), "prod-aws")));
  rmSync(FIXTURES, { recursive: true, force: true });
  mkdirSync(FIXTURES, { recursive: true });
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    writeFileSync(join(FIXTURES, `${name}.json`), fixtureOf(planner.plan(scenario)));
    console.log(`${name}: ${scenario.what}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
