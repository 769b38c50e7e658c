import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Result } from "../stack";
import { copyStack, FakeWorkspace } from "./workspace";

/**
 * Applies a stack into empty workspaces, with the real provider: the first apply of each passes, and leaves nothing to do.
 *
 * @param times number of workspaces
 */
export function checkFresh(scratch: string, from: string, times: number): Result {
  mkdirSync(scratch, { recursive: true });
  const stack = copyStack(from, join(scratch, basename(from)));
  const faults: string[] = [];
  for (let at = 0; at < times; at++) {
    rmSync(join(stack, "terraform.tfstate"), { force: true });
    const workspace = new FakeWorkspace(scratch);
    try {
      const fault = workspace.apply(stack);
      if (fault !== undefined) faults.push(`apply ${at + 1}: ${fault}`);
      else if (at === 0) faults.push(...leftToDo(workspace, stack));
    } finally {
      workspace.stop();
    }
  }
  return { faults, note: `${times - faults.length} of ${times} first applies` };
}

function leftToDo(workspace: FakeWorkspace, stack: string): string[] {
  const { stdout } = workspace.terraform(stack, "plan");
  if (stdout.includes("No changes.")) return [];
  return [`the first apply left something to do: ${stdout.slice(stdout.indexOf("Terraform will perform"))}`];
}
