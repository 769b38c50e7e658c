import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

export const ROOT = resolve(__dirname, "..", "..");

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. `env` replaces variables; undefined takes one away. */
export function execute(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string | undefined>; input?: string } = {},
): Outcome {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: options.cwd ?? ROOT,
    encoding: "utf8",
    input: options.input ?? "",
    env: { ...process.env, ...options.env },
  });
  return { status, stdout, stderr };
}

/** Runs one of the plain Node scripts. */
export function script(path: string, args: readonly string[] = [], env: Record<string, string | undefined> = {}) {
  return execute(process.execPath, [path, ...args], { env });
}

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "medallion-tooling-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
