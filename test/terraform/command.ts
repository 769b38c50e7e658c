import { spawnSync } from "node:child_process";

/** What a finished command left. */
export interface Outcome {
  /** Undefined when the command is not installed. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Terraform or OpenTofu, and the environment that it needs beside that of this process. */
export interface Program {
  readonly program: string;
  readonly env?: Readonly<Record<string, string>>;
}
export const TERRAFORM: Program = { program: "terraform" };

/** Runs a command to its end, without a shell. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string>> | undefined } = {},
): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    maxBuffer: 512 * 1024 * 1024,
  });
  if (error !== undefined && (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return { status: error === undefined ? (status ?? 1) : undefined, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/** The end of what a command said, for a message. */
export function tail(text: string, lines = 15): string {
  return text.trim().split("\n").slice(-lines).join("\n");
}
