import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter } from "node:path";
import { PACKAGE } from "./paths";

const FORWARDED = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Runs a Python module of this package to its end, hands signals on to it, and returns its exit status. */
export function runPython(python: string, module: string, args: readonly string[]): Promise<number> {
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  // Before the child is there: a signal that comes while it starts would end this process alone.
  for (const signal of FORWARDED) process.on(signal, forward);
  const child = spawn(python, ["-m", module, ...args], {
    // The package's folder comes first on Python's path; nothing of the user's Python may come between.
    cwd: PACKAGE,
    env: { ...process.env, PYTHONPATH: [PACKAGE].join(delimiter), PYTHONNOUSERSITE: "1", PYTHONUTF8: "1" },
    stdio: "inherit",
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      done(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
