import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Result } from "../stack";
import { copyStack, LocalWorkspace, withoutProtection } from "./workspace";

/**
 * Deploys a stack, then a newer library: the job is switched between the coming of the new wheel and the going of the old
 * one, so an apply that stops in between leaves a job that runs.
 */
export function checkUpgrade(scratch: string, from: string): Result {
  const after = changed(scratch, from, newer);
  const wanted = [/POST workspace\/import .*ffffffffffff/, /POST jobs\/reset/, /POST workspace\/delete .*\.whl/];
  const order = wanted.map((pattern) => after.findIndex((call) => pattern.test(call)));
  const right = order.every((at, index) => at >= 0 && at > (order[index - 1] ?? -1));
  return {
    faults: right ? [] : [`new wheel, job, old wheel; but: ${after.join("; ")}`],
    note: "new wheel, job, old wheel",
  };
}

/** Deploys a stack, then rejects to switch its job: the old wheel stays. */
export function checkStoppedUpgrade(scratch: string, from: string): Result {
  const after = changed(scratch, from, newer, "POST jobs/reset");
  const gone = after.filter((call) => /POST workspace\/delete/.test(call));
  const stopped = after.some((call) => call.startsWith("400 POST jobs/reset"));
  return { faults: stopped && gone.length === 0 ? [] : after, note: "a stopped upgrade keeps the old wheel" };
}

/** Deploys a stack, then to another folder: everything in it moves; alerts, whose folder the API fixes, are made anew. */
export function checkMove(scratch: string, from: string): Result {
  const after = changed(scratch, from, (text) => text.replaceAll("/medallion/retail/", "/moved/retail/"));
  const faults = [
    ...after.filter((call) => /PATCH alerts|^[45]/.test(call)),
    ...["POST alerts", "DELETE alerts/", "DELETE lakeview/dashboards/"].filter(
      (what) => !after.some((call) => call.includes(what)),
    ),
    ...(/POST workspace\/delete \S*\/medallion\/retail\/[\w-]+$/.test(after.at(-1) ?? "")
      ? []
      : ["the old folder does not go last"]),
  ];
  return { faults: faults.length === 0 ? [] : [...faults, ...after], note: "another folder: everything moves" };
}

/** Deploys a stack under the addresses of an earlier version, then as it is now: the state follows, and nothing is called. */
export function checkRenamed(scratch: string, from: string): Result {
  const now = readFileSync(join(from, "cdk.tf.json"), "utf8");
  const { moved = [], ...stack }: Renamed = JSON.parse(now);
  const nameOf = (address: string) => address.split(".")[1] ?? "";
  const before = moved.reduce((text, { from, to }) => text.replaceAll(nameOf(to), nameOf(from)), JSON.stringify(stack));
  const earlier = join(scratch, "earlier", basename(from));
  cpSync(from, earlier, { recursive: true });
  writeFileSync(join(earlier, "cdk.tf.json"), before);
  const calls = changed(scratch, earlier, () => now);
  return {
    faults: moved.length === 0 ? ["no resource of the stack has another address than before"] : calls,
    note: `${moved.length} resources with another address: nothing is made or destroyed`,
  };
}

interface Renamed {
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
}

/** The same stack with another wheel, whose file is the old one: only its name is looked at. */
function newer(text: string): string {
  return text.replaceAll(/("(?!assets\/)[^"\n]*\+)[0-9a-f]{12}(-py3)/g, "$1ffffffffffff$2");
}

/** Calls of the second of two applies, between which the text of the stack changes. */
function changed(scratch: string, from: string, change: (text: string) => string, reject?: string): string[] {
  mkdirSync(scratch, { recursive: true });
  const stack = copyStack(from, join(scratch, basename(from)));
  const workspace = new LocalWorkspace(scratch, from, reject === undefined ? [] : [{ calls: reject, status: 400 }]);
  try {
    const first = workspace.apply(stack);
    if (first !== undefined) return [`first apply: ${first}`];
    const before = workspace.changes.length;
    const file = join(stack, "cdk.tf.json");
    writeFileSync(file, withoutProtection(change(readFileSync(file, "utf8"))));
    const second = workspace.apply(stack);
    return [
      ...workspace.changes.slice(before),
      ...(second === undefined || reject !== undefined ? [] : [`400 ${second}`]),
    ];
  } finally {
    workspace.stop();
  }
}
