import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { tail } from "../command";
import type { Result } from "../stack";
import { copyStack, type Fault, type Held, LocalWorkspace, removeProtection } from "./workspace";

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

/** Faults after which a stack converges: none of them leaves something that Terraform does not know of. */
const FAULTS: readonly Fault[] = [
  { calls: "POST workspace/import", status: 429, retryAfter: 1, times: 2 },
  { calls: "POST workspace/import", status: 500, after: true, times: 1 },
  { calls: "GET workspace/get-status", status: 503, times: 1 },
  { calls: "POST unity-catalog/schemas", status: 503, times: 1 },
  { calls: "POST unity-catalog/volumes", status: 500, times: 1 },
  { calls: "GET unity-catalog/schemas", cut: true, times: 1 },
  { calls: "POST jobs/create", status: 429, retryAfter: 1, times: 1 },
];
/** Every failed apply has met at least one of the faults. */
const MOST_APPLIES = 5;

/** Applies a stack while calls go wrong, again and again until it passes: then nothing is left to do, and nothing is twice. */
export async function checkFaults(scratch: string, from: string): Promise<Result> {
  mkdirSync(scratch, { recursive: true });
  const stack = copyStack(from, join(scratch, basename(from)));
  const workspace = new LocalWorkspace(scratch, from, FAULTS);
  try {
    const faults: string[] = [];
    let fault: string | undefined;
    do fault = workspace.apply(stack);
    while (fault !== undefined && faults.push(fault) < MOST_APPLIES);
    const note = `${FAULTS.length} faults, ${faults.length + 1} applies`;
    if (fault !== undefined) return { faults, note };
    const met = workspace.calls.filter((call) => /^(?:0|429|500|503) /.test(call)).length;
    const wanted = FAULTS.reduce((sum, { times = 0 }) => sum + times, 0);
    const jobs = (await workspace.held()).filter(([kind]) => kind === "jobs").length;
    return {
      faults: [
        ...leftToDo(workspace, stack),
        ...(jobs === 1 ? [] : [`${jobs} jobs, not one`]),
        ...(met === wanted ? [] : [`${met} calls went wrong, not ${wanted}`]),
      ],
      note,
    };
  } finally {
    workspace.stop();
  }
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
