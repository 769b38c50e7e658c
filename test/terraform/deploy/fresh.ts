import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { tail } from "../command";
import type { Result } from "../stack";
import { copyStack, type Held, LocalWorkspace, removeProtection } from "./workspace";

/**
 * Applies a stack into empty workspaces, with the real provider: the first apply of each passes, leaves nothing to do, and
 * what it made goes when the stack is destroyed.
 *
 * @param times number of workspaces; the first of them is planned again and destroyed
 */
export async function checkFresh(scratch: string, from: string, times: number): Promise<Result> {
  mkdirSync(scratch, { recursive: true });
  const stack = copyStack(from, join(scratch, basename(from)));
  const workspace = new LocalWorkspace(scratch, from);
  const faults: string[] = [];
  let made = 0;
  try {
    for (let at = 0; at < times; at++) {
      rmSync(join(stack, "terraform.tfstate"), { force: true });
      await workspace.clear();
      const before = await workspace.held();
      const fault = workspace.apply(stack);
      if (fault !== undefined) faults.push(`apply ${at + 1}: ${fault}`);
      else if (at === 0) {
        made = (await workspace.held()).length - before.length;
        faults.push(...leftToDo(workspace, stack), ...(await leftBehind(workspace, stack, before)));
      }
    }
    faults.push(...workspace.calls.filter((call) => call.startsWith("501 ") || call.startsWith("500 ")));
  } finally {
    workspace.stop();
  }
  return { faults, note: `${times - faults.length} of ${times} first applies, ${made} things made and destroyed` };
}

function leftToDo(workspace: LocalWorkspace, stack: string): string[] {
  const { status, stdout, stderr } = workspace.terraform(stack, "plan", "-detailed-exitcode");
  if (status === 0) return [];
  const shown = status === 2 ? stdout.slice(stdout.indexOf("Terraform will perform")) : tail(stderr, 30);
  return [`the first apply left something to do: ${shown}`];
}

/** Destroys the stack: nothing stays but the folders above its own, which the provider makes and nobody declares. */
async function leftBehind(workspace: LocalWorkspace, stack: string, before: readonly Held[]): Promise<string[]> {
  removeProtection(stack);
  const { status, stderr } = workspace.terraform(stack, "destroy", "-auto-approve");
  if (status !== 0) return [`destroy: ${tail(stderr, 30)}`];
  const known = new Set(before.map(String));
  const left = (await workspace.held()).filter((one) => !known.has(String(one)) && !isFolderAbove(one));
  return left.map(([kind, id]) => `destroy left ${kind} ${id}`);
}

function isFolderAbove([kind, id]: Held): boolean {
  return kind === "workspace" && /^\/(?:Shared|Users)(?:\/[^/]+)?(?:\/medallion(?:\/[^/]+)?)?$/.test(id);
}
