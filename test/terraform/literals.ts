import { cpSync } from "node:fs";
import { run, tail } from "./command";
import { NOWHERE } from "./plans/make";
import type { Result } from "./stack";
import { HOSTILE } from "./variants";

/** The variant with hostile text, planned: every text that holds it is planned to the letter. The folder is written to. */
export function checkLiterals(folder: string, stack: string): Result {
  cpSync(stack, folder, { recursive: true });
  for (const args of [["init"], ["plan", "-refresh=false", "-out=plan.tfplan"]]) {
    const { status, stdout, stderr } = run("terraform", [...args, "-input=false", "-no-color"], {
      cwd: folder,
      env: NOWHERE,
    });
    if (status !== 0) return { faults: [tail(stdout + stderr)], note: "" };
  }
  const { stdout } = run("terraform", ["show", "-json", "plan.tfplan"], { cwd: folder });
  const { planned_values } = JSON.parse(stdout) as {
    readonly planned_values: { readonly root_module: { readonly resources: readonly { readonly values: unknown }[] } };
  };
  const values = planned_values.root_module.resources.map((resource) => resource.values);
  const texts = textsIn(values).filter((text) => /passwd|root:|if true|path\.cwd/.test(text));
  const faults = texts
    .map((text) => text.replaceAll("\\", ""))
    .filter((text) => !text.includes(HOSTILE) && !text.includes(HOSTILE.replaceAll(" ", "")))
    .map((text) => `planned otherwise than written: ${text}`);
  return {
    faults: texts.length === 0 ? ["no hostile text is planned"] : faults,
    note: `${texts.length} texts planned as they were written`,
  };
}

/** Every text in a value, keys too. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}
