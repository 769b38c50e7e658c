import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { type Outcome, run, tail } from "./command";
import { NOWHERE } from "./plans/make";
import type { Result } from "./stack";

const ROOT = resolve(__dirname, "..", "..");

/**
 * The scripts that CI runs, with the real Terraform and provider, up to the first call to a workspace that is none.
 *
 * @param program what is called for Terraform
 */
export function checkCiScripts(folder: string, stack: string, program = "terraform"): Result {
  const name = "dev-aws";
  cpSync(join(ROOT, "scripts", "ci"), join(folder, "scripts", "ci"), { recursive: true });
  cpSync(stack, join(folder, "cdktf.out", "stacks", name), { recursive: true });
  const bin = commandAlone(join(folder, "bin"));
  const script = (file: string) =>
    run("bash", [join(folder, "scripts", "ci", file), name], {
      env: { ...NOWHERE, TERRAFORM_BINARY_NAME: program, PATH: [bin, process.env["PATH"]].join(delimiter) },
    });
  const faults = [
    ...expected("plan.sh", script("plan.sh"), 0, /there are changes/),
    ...expected("gate.sh", script("gate.sh"), 0, /plan gate: passed\. \d+ to create/),
    ...expected("drift.sh", script("drift.sh"), 2, /databricks_schema\.\S+ will be created/),
    ...expected("plan.sh again", script("plan.sh"), 0, /there are changes/),
    ...expected(
      "apply.sh",
      script("apply.sh"),
      1,
      new RegExp(`cannot create .*${new URL(NOWHERE.DATABRICKS_HOST).host}`),
    ),
  ];
  return {
    faults,
    note: `plan, gate and drift of ${name} by scripts/ci; apply, up to the first call to the workspace`,
  };
}

/** An `npx` that knows this package's command, which an installed project would have in node_modules. */
function commandAlone(bin: string): string {
  mkdirSync(bin, { recursive: true });
  const cli = join(ROOT, "cli", "bin.cjs");
  const text = `#!/usr/bin/env bash\nshift 2\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} "$@"\n`;
  writeFileSync(join(bin, "npx"), text);
  chmodSync(join(bin, "npx"), 0o755);
  return bin;
}

function expected(what: string, { status, stdout, stderr }: Outcome, wanted: number, said: RegExp): string[] {
  const text = stdout + stderr;
  return status === wanted && said.test(text)
    ? []
    : [`${what}: status ${status}, not ${wanted}, or not ${said}:\n${tail(text)}`];
}
