import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { tail } from "../command";
import type { Result } from "../stack";
import { type Witness, witness } from "./witness";
import { copyStack, type Fault, type Held, LocalWorkspace, removeProtection } from "./workspace";

/**
 * Applies a stack into empty workspaces, with the real provider: the first apply of each passes, leaves nothing to do, and
 * what it made goes when the stack is destroyed.
 *
 * @param times number of workspaces; the first of them is planned again and destroyed
 * @param witnesses gets what was seen of each type of resource in the first one, by changes and imports
 */
export async function checkFresh(scratch: string, from: string, times: number, witnesses?: Witness[]): Promise<Result> {
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
        faults.push(...leftToDo(workspace, stack), ...workspace.differences(stack));
        if (witnesses !== undefined) {
          faults.push(...workspace.evaluateAlerts(), ...leftToDo(workspace, stack));
          const seen = witness(workspace, stack);
          witnesses.push(...seen.witnesses);
          faults.push(...seen.faults);
        }
        faults.push(...(await leftBehind(workspace, stack, before)));
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

/** Calls of the first apply of a production stack. */
const CALLS = [
  ...["GET workspace/get-status", "POST workspace/mkdirs", "POST workspace/import"],
  ...["POST unity-catalog/schemas", "GET unity-catalog/schemas", "POST unity-catalog/volumes"],
  ...["GET unity-catalog/volumes", "PATCH unity-catalog/permissions", "GET unity-catalog/permissions"],
  ...["POST policies/clusters/create", "GET policies/clusters/get", "POST jobs/create", "GET jobs/get"],
  ...["POST sql/warehouses", "POST alerts", "POST lakeview/dashboards", "PUT permissions", "GET permissions"],
];
/** Three ways in which each call goes wrong once, or two where it changes something: a cut would hide whether it has. */
export const MANY_FAULTS: readonly Fault[] = CALLS.flatMap((calls) => [
  { calls, status: 429, retryAfter: 1, times: 1 },
  { calls, status: 503, times: 1 },
  calls.startsWith("GET") ? { calls, cut: true, times: 1 } : { calls, status: 500, times: 1 },
]);
const EXISTS = /'([^']+)' already exists\s+with (databricks_\w+\.[\w-]+),/g;
/** Every failed apply has met at least one of the faults. */
const MOST_APPLIES = 20;

/**
 * Applies a stack while calls go wrong, again and again until it passes: then nothing is left to do, nothing is twice, and
 * nothing stays after a destroy.
 */
export async function checkFaults(scratch: string, from: string, injected = FAULTS): Promise<Result> {
  return await converges(scratch, from, injected, async (workspace, stack) => {
    const failed = applyUntilItPasses(workspace, stack);
    const met = workspace.calls.filter((call) => /^(?:0|429|500|503) /.test(call)).length;
    const wanted = injected.reduce((sum, { times = 0 }) => sum + times, 0);
    return {
      faults: met === wanted ? [] : [`${met} calls went wrong, not ${wanted}`],
      note: `${wanted} faulty calls, ${failed + 1} applies`,
    };
  });
}

/** Applies a stack while Terraform is stopped in the middle, then while the server is killed and started again. */
export async function checkDisturbed(scratch: string, from: string): Promise<Result> {
  return await converges(scratch, from, [], async (workspace, stack) => {
    const stopped = await workspace.disturbedApply(stack, 8, async (terraform) => {
      terraform.kill("SIGTERM");
    });
    workspace.untaint(stack);
    await workspace.disturbedApply(stack, 4, () => workspace.restart());
    const failed = applyUntilItPasses(workspace, stack);
    return {
      faults: stopped ? ["Terraform had ended before it was stopped"] : [],
      note: `Terraform stopped, server killed; ${failed + 3} applies`,
    };
  });
}

/** @returns number of applies that failed before one passed; after each of them, what `scripts/ci/apply.sh` does is done */
function applyUntilItPasses(workspace: LocalWorkspace, stack: string): number {
  for (let failed = 0; ; failed++) {
    workspace.untaint(stack);
    const fault = workspace.apply(stack);
    if (fault === undefined) return failed;
    // What was created while its answer was lost is imported, as a person would do.
    for (const [, id, address] of fault.matchAll(EXISTS)) workspace.terraform(stack, "import", `${address}`, `${id}`);
    if (failed + 1 === MOST_APPLIES) throw new Error(`apply ${MOST_APPLIES} failed too: ${fault}`);
  }
}

async function converges(
  scratch: string,
  from: string,
  injected: readonly Fault[],
  apply: (workspace: LocalWorkspace, stack: string) => Promise<Result>,
): Promise<Result> {
  mkdirSync(scratch, { recursive: true });
  const stack = copyStack(from, join(scratch, basename(from)));
  const workspace = new LocalWorkspace(scratch, from, injected);
  try {
    const before = await workspace.held();
    const { faults, note } = await apply(workspace, stack);
    const jobs = (await workspace.held()).filter(([kind]) => kind === "jobs").length;
    return {
      faults: [
        ...faults,
        ...leftToDo(workspace, stack),
        ...(jobs === 1 ? [] : [`${jobs} jobs, not one`]),
        ...(await leftBehind(workspace, stack, before)),
      ],
      note,
    };
  } catch (error) {
    return { faults: [String(error)], note: "did not converge" };
  } finally {
    workspace.stop();
  }
}

function leftToDo(workspace: LocalWorkspace, stack: string): string[] {
  const { status, stdout, stderr } = workspace.terraform(stack, "plan", "-detailed-exitcode");
  if (status === 0) return [];
  const shown = status === 2 ? stdout.slice(stdout.indexOf("Terraform will perform")) : tail(stderr, 30);
  return [`something is left to do: ${shown}`];
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
