import type { Counts, GateResult } from "./evaluate";

/** The result for people. */
export function report({ status, counts, findings, notices }: GateResult): string {
  const open = findings.filter(({ allowed }) => allowed === undefined);
  const head =
    status === "passed"
      ? `plan gate: passed. ${summary(counts)}`
      : `plan gate: REJECTED, ${open.length} of its changes must be named to pass. ${summary(counts)}`;
  const lines = [head];
  for (const finding of open) {
    lines.push("", `${finding.name} ${finding.action}`, `  why    ${finding.why}`);
    if (finding.cause !== undefined) lines.push(`  cause  ${finding.cause}`);
    lines.push(`  do     ${finding.remedy}`);
    lines.push(`  or     if it is meant: --allow ${shellWord(`${finding.name}=<why it may happen>`)}`);
  }
  const allowed = findings.filter((finding) => finding.allowed !== undefined);
  if (allowed.length > 0) lines.push("", "Allowed:");
  for (const finding of allowed) lines.push(`  ${finding.name} ${finding.action}: ${finding.allowed}`);
  if (notices.length > 0) lines.push("", "To know:");
  for (const notice of notices) lines.push(`  ${notice}`);
  return lines.map(plain).join("\n");
}

const DONE: Readonly<Record<keyof Counts, string>> = {
  create: "to create",
  update: "to update",
  replace: "to replace",
  destroy: "to destroy",
  forget: "to forget",
  import: "to import",
  move: "to move",
};

function summary(counts: Counts): string {
  const said = (Object.keys(DONE) as (keyof Counts)[])
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${DONE[kind]}`);
  return said.length === 0 ? "No changes." : `${said.join(", ")}.`;
}

/** As one word of a shell. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Names come from plans: no control character of theirs reaches a terminal or a comment. */
function plain(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
}
