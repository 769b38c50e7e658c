/**
 * npm run test:deploy: first applies into a local workspace, second plans, destroys, what an upgrade does, and `medallion certify`; `-- 30` for 30 first
 * applies of each stack. MEDALLION_DEPLOY=all takes every shipped stack.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { cliConfig, synthesize } from "../install";
import { ensureProvider } from "../provider";
import { Report } from "../report";
import { VARIABLES } from "../variants";
import { checkCertified } from "./certified";
import { checkFaults, checkFresh } from "./fresh";
import { checkMove, checkRenamed, checkStoppedUpgrade, checkUpgrade } from "./upgrade";

/** One stack per way in which files, jobs and what lies beside them are deployed. */
const SHAPES = ["dev-gcp", "free", "prod-aws"];
const VARIANT_SHAPES = ["credentials", "declarative", "existing-warehouse", "pool"];

/** One task on serverless compute; all of them: a job cluster in each cloud too. */
function certified(): readonly string[] {
  return process.env["MEDALLION_DEPLOY"] === "all" ? ["free", "dev-aws", "dev-azure", "dev-gcp"] : ["free"];
}

void main();

async function main(): Promise<void> {
  const [times = process.env["MEDALLION_APPLIES"] ?? "1", ...only] = process.argv.slice(2);
  const provider = ensureProvider(console.log);
  if ("missing" in provider) console.log(`SKIPPED, nothing was tested: ${provider.missing}`);
  else {
    const scratch = mkdtempSync(join(tmpdir(), "medallion-deploy-"));
    Object.assign(process.env, VARIABLES);
    process.env["TF_CLI_CONFIG_FILE"] = cliConfig(scratch, provider.mirror);
    const stacks = synthesize(join(scratch, "out"));
    const variants = synthesize(join(scratch, "variants"), "test/terraform/variants.ts");
    const shipped = process.env["MEDALLION_DEPLOY"] === "all" ? readdirSync(stacks).sort() : SHAPES;
    const folders = [
      ...shipped.map((name) => join(stacks, name)),
      ...VARIANT_SHAPES.map((name) => join(variants, name)),
    ];
    const report = new Report();
    for (const folder of folders.filter((path) => only.length === 0 || only.includes(basename(path))))
      report.add(basename(folder), await checkFresh(join(scratch, "fresh"), folder, Number(times)));
    if (only.length === 0 || only.includes("faults"))
      report.add("faults", await checkFaults(join(scratch, "faults"), join(stacks, "free")));
    for (const check of only.length === 0 || only.includes("upgrade")
      ? [checkUpgrade, checkStoppedUpgrade, checkMove]
      : [])
      report.add("upgrade", check(join(scratch, "upgrade"), join(stacks, "prod-aws")));
    if (only.length === 0 || only.includes("upgrade"))
      report.add("upgrade", checkRenamed(join(scratch, "renamed"), join(variants, "credentials")));
    for (const name of only.length === 0 || only.includes("certify") ? certified() : [])
      report.add(`certify ${name}`, checkCertified(join(scratch, "certify"), name));
    rmSync(scratch, { recursive: true, force: true });
    process.exitCode = report.end();
  }
}
