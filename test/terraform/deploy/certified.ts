import { join, resolve } from "node:path";
import { run, tail } from "../command";
import type { Result } from "../stack";

const ROOT = resolve(__dirname, "..", "..", "..");
/** Checks that a stack has nothing for: no grants to others, no warehouse for dashboards. */
const MAY_BE_SKIPPED = ["grants", "dashboards"];

interface Outcome {
  readonly name: string;
  readonly status: string;
  readonly said: string;
}

/** Certifies a stack as a user does: every check passes, or is one that the stack has nothing for. */
export function checkCertified(scratch: string, stack: string): Result {
  const args = [join(ROOT, "cli", "main.ts"), "certify", "--local", "--stack", stack, "--out", scratch];
  const { status, stdout, stderr } = run(process.execPath, [require.resolve("tsx/cli"), ...args], { cwd: ROOT });
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) return { faults: [`status ${status}: ${tail(stderr, 30)}`], note: "no result" };
  const { checks }: { readonly checks: readonly Outcome[] } = JSON.parse(line);
  const wrong = checks.filter(
    ({ name, status: how }) => how !== "passed" && !(how === "skipped" && MAY_BE_SKIPPED.includes(name)),
  );
  const passed = checks.filter(({ status: how }) => how === "passed").map(({ name, said }) => `${name} (${said})`);
  return {
    faults: wrong.map(({ name, status: how, said }) => `${name} ${how}: ${said}`),
    note: `${passed.length} of ${checks.length} checks passed: ${passed.join(", ")}`,
  };
}
