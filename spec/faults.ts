import type { ConfigFaultCode } from "./fault-codes";
import { counted } from "./words";

/** One thing that is wrong in the config, at its position. */
export interface Fault {
  /** File, relative to the project. */
  readonly file: string;
  /** 1-based; absent when the fault is the file itself. */
  readonly line?: number;
  readonly column?: number;
  /** Kind of the fault; docs/reference/errors.md has a row for each. */
  readonly code: ConfigFaultCode;
  /** The fault, the allowed values, and what to do. */
  readonly message: string;
}

/** Everything that is wrong in the config, at once. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const sorted = [...faults].sort(byPosition);
    super(
      `The config has ${counted(sorted.length, "fault")}:\n${sorted.map((fault) => `  ${formatFault(fault)}`).join("\n")}`,
    );
    this.name = "ConfigError";
    this.faults = sorted;
  }
}

/** `file:line:column  message [code]`, as editors and terminals link it. */
export function formatFault(fault: Fault): string {
  const position = [fault.file, fault.line, fault.column].filter((part) => part !== undefined).join(":");
  return `${position}  ${fault.message} [${fault.code}]`;
}

function byPosition(a: Fault, b: Fault): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
