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
      "reject a Terraform plan that destroys what is not known to be harmless, opens data or changes what a job does, unless that is named with a reason",
    )
    .argument("<plan>", "what `terraform show -json <saved plan>` wrote; - is standard input")
    .option("--allow <address=reason>", "this change may happen; may be given again", collect, [])
    .option("--allow-file <file>", "allowances from a file, one `address = reason` a line")
    .option(
      "--harmless <type=reason>",
      "resources of this type may be destroyed and replaced; may be given again",
      collect,
      [],
    )
    .option(
      "--guarded <type=what it holds>",
      "resources of this type may not, whatever the gate knows of it",
      collect,
      [],
    )
    .option(
      "--types <file>",
      "both lists from a file, one `harmless type = reason` or `guarded type = what it holds` a line",
    )
    .option("--json", "the result as JSON")
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
