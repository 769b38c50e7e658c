import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { Fault } from "../fault";
import { userPath } from "../paths";
import { parseAllow, parseAllowFile, parseType, parseTypeFile } from "./allow";
import { evaluatePlan } from "./evaluate";
import { NO_LISTS } from "./harmless";
import { readPlan } from "./plan";
import { report } from "./report";

interface Options {
  readonly allow: readonly string[];
  readonly allowFile?: string;
  readonly harmless: readonly string[];
  readonly guarded: readonly string[];
  readonly types?: string;
  readonly json?: boolean;
}

/** Exit status of a plan that may not be applied. */
const REJECTED = 2;

/** Adds `plan-gate` to the command line. */
export function addPlanGate(program: Command): void {
  program
    .command("plan-gate")
    .description(
      "reject a Terraform plan that destroys resources not known to be harmless, opens data or changes the runs of a job, unless the change is allowed with a reason",
    )
    .argument("<plan>", "output of `terraform show -json <saved plan>`; - is standard input")
    .option("--allow <address=reason>", "allow this change; repeatable", collect, [])
    .option("--allow-file <file>", "allowances from a file, one `address = reason` a line")
    .option(
      "--harmless <type=reason>",
      "allow resources of this type to be destroyed and replaced; repeatable",
      collect,
      [],
    )
    .option(
      "--guarded <type=what it holds>",
      "never allow resources of this type to be destroyed or replaced; repeatable",
      collect,
      [],
    )
    .option(
      "--types <file>",
      "both lists from a file, one `harmless type = reason` or `guarded type = what it holds` a line",
    )
    .option("--json", "print the result as JSON")
    .action((plan: string, options: Options) => {
      process.exitCode = planGate(plan, options);
    });
}

function planGate(file: string, { allow, allowFile, harmless, guarded, types, json }: Options): number {
  const allowances = new Map([
    ...(allowFile === undefined ? [] : parseAllowFile(read(allowFile), allowFile)),
    ...allow.map(parseAllow),
  ]);
  const listed = types === undefined ? NO_LISTS : parseTypeFile(read(types), types);
  const lists = {
    harmless: new Map([...listed.harmless, ...harmless.map((text) => parseType(text, "--harmless"))]),
    guarded: new Map([...listed.guarded, ...guarded.map((text) => parseType(text, "--guarded"))]),
  };
  const result = evaluatePlan(readPlan(read(file), file === "-" ? "standard input" : file), allowances, lists);
  process.stdout.write(`${json ? JSON.stringify(result, null, 2) : report(result)}\n`);
  return result.status === "passed" ? 0 : REJECTED;
}

function read(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : userPath(file), "utf8");
  } catch (error) {
    throw new Fault(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
