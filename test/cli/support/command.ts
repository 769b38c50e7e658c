import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";

export const ROOT = resolve(__dirname, "..", "..", "..");
const BIN = join(ROOT, "cli", "bin.cjs");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "medallion-cli-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export function start(args: string[], env: Record<string, string | undefined> = {}, cwd = ROOT) {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, ...env } });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    text.stderr += chunk;
  });
  const end = new Promise<Outcome>((done) => child.on("close", (code) => done({ code, ...text })));
  return { child, end, text };
}

export const medallion = (args: string[], env: Record<string, string | undefined> = {}, cwd = ROOT) =>
  start(args, env, cwd).end;

/** Tools whose Python is a shell script: it writes down what it was called with, then does what the test wants. */
export function fakeTools(script: string): { tools: string; calls: () => string[] } {
  const tools = folder();
  mkdirSync(join(tools, "python", "bin"), { recursive: true });
  mkdirSync(join(tools, "jars", "spark-4.2"), { recursive: true });
  const python = join(tools, "python", "bin", "python");
  const log = join(tools, "calls");
  writeFileSync(python, `#!/bin/sh\nprintf '%s\\n' "$PWD" "$PYTHONPATH" "$@" > '${log}'\n${script}\n`);
  chmodSync(python, 0o755);
  return { tools, calls: () => readFileSync(log, "utf8").trim().split("\n") };
}
