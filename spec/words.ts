import { findSecret } from "./secrets";

/** Words for messages: every fault says what was found and what is allowed in the same way. */

/** The allowed word that was probably meant, if one is near enough. */
export function nearest(found: string, allowed: readonly string[]): string | undefined {
  const wanted = found.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const word of allowed) {
    const distance = editDistance(wanted, word.toLowerCase());
    if (distance < bestDistance && distance < word.length) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean "mode"?`, or nothing. */
export function didYouMean(found: string, allowed: readonly string[]): string {
  const guess = nearest(found, allowed);
  return guess === undefined ? ";" : `; did you mean "${guess}"?`;
}

/** A value as it is shown in a message: short, on one line. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (findSecret(String(value)) !== undefined) return "a secret, which is not shown";
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}

/** Optimal string alignment: insert, delete, replace, swap of neighbours. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(rows, i - 2, j - 2) + 1);
      }
      row.push(cost);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: number[][], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

/** A number with its noun: `1 file`, `1,200 files`. */
export function counted(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? noun : nouns}`;
}
