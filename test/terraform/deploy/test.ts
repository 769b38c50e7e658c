/**
 * npm run test:deploy: first applies into a local workspace, second plans, changes and imports, destroys, what an upgrade does, and
 * `medallion certify`; `-- 30` for 30 first applies of each stack. MEDALLION_DEPLOY=all (npm run test:certify) takes every shipped
 * stack, and changes and imports every type of resource; MEDALLION_WITNESSES=write writes the page of what it saw.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { cliConfig, synthesize } from "../install";
import { ensureProvider } from "../provider";
import { Report } from "../report";
import { VARIABLES } from "../variants";
import { checkCertified, checkCertifiedVariant } from "./certified";
import { checkDisturbed, checkFaults, checkFresh, MANY_FAULTS } from "./fresh";
import { checkMove, checkRenamed, checkStoppedUpgrade, checkUpgrade } from "./upgrade";
import type { Witness } from "./witness";
import { checkPage, merge } from "./witnesses";

/** One stack per way in which files, jobs and what lies beside them are deployed. */
const SHAPES = ["dev-gcp", "free", "prod-aws"];
const VARIANT_SHAPES = ["credentials", "declarative", "existing-warehouse", "pool"];
/** The stack whose resources are changed and imported at every change of the code; in the run over all stacks, those of each. */
const WITNESSED = "prod-aws";
/** In the run over all stacks: declarative pipelines, a warehouse that starts slowly with dashboards and alerts, jobs that start others. */
const CERTIFIED_VARIANTS = ["declarative", "existing-warehouse", "shards"];
const ALL = process.env["MEDALLION_DEPLOY"] === "all";
const WRITE = process.env["MEDALLION_WITNESSES"] === "write";

/** One task on serverless compute; all of them: a job cluster in each cloud too. */
function certified(): readonly string[] {
  return ALL ? ["free", "dev-aws", "dev-azure", "dev-gcp"] : ["free"];
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
    const shipped = ALL ? readdirSync(stacks).sort() : SHAPES;
    const folders = [
      ...shipped.map((name) => join(stacks, name)),
      ...[...VARIANT_SHAPES, ...(ALL ? ["aws-external"] : [])].map((name) => join(variants, name)),
    ];
    const witnesses: Witness[] = [];
    const report = new Report();
    /** Tells whether a check is made: all of them, or those that are named; for the page of witnesses none. */
    const asked = (name: string): boolean => !WRITE && (only.length === 0 || only.includes(name));
    for (const folder of folders.filter((path) => only.length === 0 || only.includes(basename(path))))
      report.add(
        basename(folder),
        await checkFresh(
          join(scratch, "fresh"),
          folder,
          Number(times),
          ALL || basename(folder) === WITNESSED ? witnesses : undefined,
        ),
      );
    if (ALL && only.length === 0) report.add("witnesses", checkPage(merge(witnesses), folders.length, WRITE));
    if (asked("faults")) {
      report.add("faults", await checkFaults(join(scratch, "faults"), join(stacks, "free")));
      if (ALL) {
        report.add("disturbed", await checkDisturbed(join(scratch, "disturbed"), join(stacks, "free")));
        report.add("many faults", await checkFaults(join(scratch, "many"), join(stacks, "prod-aws"), MANY_FAULTS));
      }
    }
    for (const check of asked("upgrade") ? [checkUpgrade, checkStoppedUpgrade, checkMove] : [])
      report.add("upgrade", check(join(scratch, "upgrade"), join(stacks, "prod-aws")));
    if (asked("upgrade")) report.add("upgrade", checkRenamed(join(scratch, "renamed"), join(variants, "credentials")));
    for (const name of asked("certify") ? certified() : [])
      report.add(`certify ${name}`, checkCertified(join(scratch, "certify"), name));
    for (const name of ALL && asked("certify") ? CERTIFIED_VARIANTS : [])
      report.add(`certify ${name}`, checkCertifiedVariant(join(scratch, "certify"), join(variants, name)));
    rmSync(scratch, { recursive: true, force: true });
    process.exitCode = report.end();
  }
}
