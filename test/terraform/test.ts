/** npm run test:terraform: every synthesized stack through Terraform with the real provider, without a workspace. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { checkCiScripts } from "./ci";
import { run } from "./command";
import { cliConfig, synthesize } from "./install";
import { checkLiterals } from "./literals";
import { checkPlanGate } from "./plans/check";
import { ensureProvider } from "./provider";
import { Report } from "./report";
import { checkSchemas } from "./schema";
import { checkStack, type StackFile } from "./stack";
import { VARIABLES } from "./variants";

const say = (text: string) => console.log(text);

process.exitCode = main();

function main(): number {
  if (run("terraform", ["version"]).status === undefined)
    return skip("terraform is not installed; install Terraform 1.10 or later");
  const provider = ensureProvider(say);
  if ("missing" in provider) return skip(`the Databricks provider is not to be had: ${provider.missing}`);
  const scratch = mkdtempSync(join(tmpdir(), "medallion-terraform-"));
  try {
    Object.assign(process.env, VARIABLES);
    process.env["TF_CLI_CONFIG_FILE"] = cliConfig(scratch, provider.mirror);
    const shipped = synthesize(join(scratch, "out"));
    return testStacks(scratch, shipped, synthesize(join(scratch, "variants"), "test/terraform/variants.ts"));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function skip(why: string): number {
  say(`SKIPPED, nothing was tested: ${why}`);
  return 0;
}

function testStacks(scratch: string, stacks: string, variants: string): number {
  const folders = [stacks, variants].flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  );
  const report = new Report();
  const files = new Map<string, StackFile>();
  for (const folder of folders) {
    const name = basename(folder);
    const copy = join(scratch, "stacks", name);
    cpSync(folder, copy, { recursive: true });
    files.set(name, JSON.parse(readFileSync(join(copy, "cdk.tf.json"), "utf8")));
    report.add(name, checkStack(copy));
  }
  report.add("provider schema", checkSchemas(join(scratch, "schema"), files));
  report.add("literal texts", checkLiterals(join(scratch, "literals"), join(variants, "literals")));
  report.add("plan gate", checkPlanGate(join(scratch, "plans"), join(stacks, "prod-aws")));
  report.add("scripts/ci", checkCiScripts(join(scratch, "ci"), join(stacks, "dev-aws")));
  return report.end();
}
