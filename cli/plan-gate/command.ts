import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { Fault } from "../fault";
import { userPath } from "../places";
import { parseAllow, parseAllowFile } from "./allow";
import { judge } from "./judge";
import { readPlan } from "./plan";
import { report } from "./report";

interface Options {
  readonly allow: readonly string[];
  readonly allowFile?: string;
  readonly json?: boolean;
}

/** Exit status of a plan that may not be applied. */
export const REFUSED = 2;

/** Adds `plan-gate` to the command line. */
export function addPlanGate(program: Command): void {
  program
    .command("plan-gate")
    .description("refuse a Terraform plan that loses data or opens it to everybody, unless that is named with a reason")
    .argument("<plan>", "what `terraform show -json <saved plan>` wrote; - is standard input")
    .option("--allow <address=reason>", "this change may happen; may be given again", collect, [])
    .option("--allow-file <file>", "allowances from a file, one `address = reason` a line")
    .option("--json", "the judgement as JSON")
    .action((plan: string, options: Options) => {
      process.exitCode = planGate(plan, options);
    });
}

function planGate(file: string, { allow, allowFile, json }: Options): number {
  const allowances = new Map([
    ...(allowFile === undefined ? [] : parseAllowFile(read(allowFile), allowFile)),
    ...allow.map(parseAllow),
  ]);
  const judgement = judge(readPlan(read(file), file === "-" ? "standard input" : file), allowances);
  process.stdout.write(`${json ? JSON.stringify(judgement, null, 2) : report(judgement)}\n`);
  return judgement.verdict === "passed" ? 0 : REFUSED;
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
