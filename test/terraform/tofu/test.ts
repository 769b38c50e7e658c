/**
 * npm run test:tofu: synthesized stacks by OpenTofu and by Terraform, with the real provider and without a workspace: both plan
 * the same. OpenTofu is built where it is not installed; `-- --no-build`: then nothing is tested. MEDALLION_TOFU=all takes every
 * shipped stack and every variant.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCiScripts } from "../ci";
import { type Program, run, TERRAFORM } from "../command";
import { cliConfig, synthesize } from "../install";
import { ensureProvider, mirrorOf } from "../provider";
import { Report } from "../report";
import { VARIABLES } from "../variants";
import { checkSamePlan } from "./plans";
import { ensureTofu } from "./program";

/** One stack per cloud and mode, and what is written in another way. */
const SAMPLE = ["dev-aws", "staging-azure", "prod-gcp", "free", "declarative", "literals"];

process.exitCode = main();

function main(): number {
  if (run("terraform", ["version"]).status === undefined)
    return skip("terraform, whose plans are compared with, is not installed");
  const tofu = ensureTofu(console.log, !process.argv.includes("--no-build"));
  if ("missing" in tofu) return skip(tofu.missing);
  const provider = ensureProvider(console.log);
  if ("missing" in provider) return skip(`the Databricks provider is not to be had: ${provider.missing}`);
  const scratch = mkdtempSync(join(tmpdir(), "medallion-tofu-"));
  try {
    Object.assign(process.env, VARIABLES);
    const mirror = mirrorOf("registry.opentofu.org", provider.mirror, scratch);
    process.env["TF_CLI_CONFIG_FILE"] = cliConfig(scratch, provider.mirror);
    return testStacks(scratch, { ...tofu, env: { TF_CLI_CONFIG_FILE: cliConfig(mirror, mirror) } });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function isChosen(stack: string): boolean {
  return process.env["MEDALLION_TOFU"] === "all" || SAMPLE.includes(stack);
}

function skip(why: string): number {
  console.log(`SKIPPED, nothing was tested: ${why}`);
  return 0;
}

function testStacks(scratch: string, tofu: Program): number {
  const { stdout } = run(tofu.program, ["version"], { env: tofu.env });
  console.log(`${stdout.split("\n")[0]}, ${tofu.program}`);
  const shipped = synthesize(join(scratch, "out"));
  const variants = synthesize(join(scratch, "variants"), "test/terraform/variants.ts");
  const report = new Report();
  for (const stacks of [shipped, variants])
    for (const name of readdirSync(stacks).sort().filter(isChosen))
      report.add(name, checkSamePlan(join(scratch, "plans", name), join(stacks, name), [TERRAFORM, tofu]));
  Object.assign(process.env, tofu.env);
  report.add("scripts/ci", checkCiScripts(join(scratch, "ci"), join(shipped, "dev-aws"), tofu.program));
  return report.end();
}
