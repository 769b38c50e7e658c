import { basename, join, resolve } from "node:path";
import { type Outcome, run, tail } from "../command";
import type { Result } from "../stack";
import { copyStack, PYTHON, removeProtection } from "./workspace";

const ROOT = resolve(__dirname, "..", "..", "..");
/** Checks that a stack has nothing for: no grants to others, no warehouse for dashboards and alerts. */
const MAY_BE_SKIPPED = ["grants", "roles", "dashboards", "alerts"];

/** A reason for which a check is skipped that every other stack has something for. */
const SKIPPED_BY_ENGINE = "a declarative pipeline has no replay";

/** One check, as `medallion certify` tells it. */
interface Certified {
  readonly name: string;
  readonly status: string;
  readonly said: string;
}

/** Certifies a stack as a user does: every check passes, or is one that the stack has nothing for. */
export function checkCertified(scratch: string, stack: string): Result {
  const args = [join(ROOT, "cli", "main.ts"), "certify", "--local", "--stack", stack, "--out", scratch];
  return result(run(process.execPath, [require.resolve("tsx/cli"), ...args], { cwd: ROOT }));
}

/** Certifies a synthesized stack that is no environment of this repository. */
export function checkCertifiedVariant(scratch: string, from: string): Result {
  const folder = join(scratch, basename(from));
  removeProtection(copyStack(from, join(folder, "stack")));
  return result(run(PYTHON, ["-m", "certify", "--local", "--folder", folder], { cwd: ROOT }));
}

function result({ status, stdout, stderr }: Outcome): Result {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) return { faults: [`status ${status}: ${tail(stderr, 30)}`], note: "no result" };
  const { checks }: { readonly checks: readonly Certified[] } = JSON.parse(line);
  const wrong = checks.filter(
    ({ name, status: how, said }) =>
      how !== "passed" && !(how === "skipped" && (MAY_BE_SKIPPED.includes(name) || said === SKIPPED_BY_ENGINE)),
  );
  const passed = checks.filter(({ status: how }) => how === "passed").map(({ name, said }) => `${name} (${said})`);
  return {
    faults: wrong.map(({ name, status: how, said }) => `${name} ${how}: ${said}`),
    note: `${passed.length} of ${checks.length} checks passed: ${passed.join(", ")}`,
  };
}
