import { evaluatePlan } from "../../../cli/plan-gate/evaluate";
import { readPlan } from "../../../cli/plan-gate/plan";
import type { Result } from "../stack";
import { Planner } from "./make";
import { SCENARIOS, type Scenario } from "./scenarios";
import { reducedStack } from "./stack";

/** Every scenario as a real plan of the stack in `stack`, and what the gate says to it. The folder is written to. */
export function checkPlanGate(folder: string, stack: string): Result {
  const planner = new Planner(folder, reducedStack(stack));
  const faults = Object.entries(SCENARIOS).flatMap(([name, scenario]) =>
    evaluated(JSON.stringify(planner.plan(scenario)), name, scenario).map((fault) => `${name}: ${fault}`),
  );
  const rejected = Object.values(SCENARIOS).filter((scenario) => scenario.rejected.length > 0).length;
  const all = Object.keys(SCENARIOS).length;
  return { faults, note: `${all} real plans, ${rejected} rejected as they should be, ${all - rejected} passed` };
}

/** Where the gate says something else to a plan than the scenario expects. */
export function evaluated(text: string, name: string, { rejected, notices = [] }: Scenario): string[] {
  const result = evaluatePlan(readPlan(text, name));
  const found = result.findings.map(({ rule, name: address }) => `${rule} ${address}`);
  const expected = (text: string) =>
    rejected.some(([rule, pattern]) => text.startsWith(`${rule} `) && pattern.test(text));
  return [
    ...(result.status === (rejected.length > 0 ? "rejected" : "passed") ? [] : [`it is ${result.status}`]),
    ...rejected
      .filter(([rule, pattern]) => !found.some((each) => each.startsWith(`${rule} `) && pattern.test(each)))
      .map(([rule, pattern]) => `not found: ${rule} ${pattern}`),
    ...found.filter((each) => !expected(each)).map((each) => `not expected: ${each}`),
    ...notices
      .filter((notice) => !result.notices.some((each) => notice.test(each)))
      .map((notice) => `not said: ${notice}`),
  ];
}
