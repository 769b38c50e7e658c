/** Just enough SQL to keep comments, strings and statements apart; Spark itself judges the rest. */

/** One piece of SQL text. */
export interface Piece {
  readonly kind: "code" | "comment" | "string";
  readonly text: string;
  readonly offset: number;
  /** A string, a quoted name or a block comment that never ends. */
  readonly open?: boolean;
}

/** Cuts SQL into code, comments and quoted text (strings and quoted names). */
export function cutSql(sql: string): Piece[] {
  const pieces: Piece[] = [];
  // In this order: line comment, block comment, 'string' and "string" with escapes, `name`.
  const quoted =
    /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)|"(?:[^"\\]|\\[\s\S])*(?:"|$)|`[^`]*(?:`|$)/g;
  let last = 0;
  for (const match of sql.matchAll(quoted)) {
    if (match.index > last) pieces.push({ kind: "code", text: sql.slice(last, match.index), offset: last });
    const text = match[0];
    const kind = text.startsWith("--") || text.startsWith("/*") ? "comment" : "string";
    pieces.push({ kind, text, offset: match.index, open: isOpen(text) });
    last = match.index + text.length;
  }
  if (last < sql.length) pieces.push({ kind: "code", text: sql.slice(last), offset: last });
  return pieces;
}

/** What is wrong with one SQL expression, as far as it can be seen without Spark; undefined if nothing. */
export function expressionFault(sql: string): { readonly message: string; readonly offset: number } | undefined {
  let depth = 0;
  for (const piece of cutSql(sql)) {
    if (piece.open) return { message: `${piece.text.charAt(0)} is opened and never closed`, offset: piece.offset };
    if (piece.kind !== "code") continue;
    for (const [index, char] of [...piece.text].entries()) {
      const offset = piece.offset + index;
      if (char === ";") return { message: "; ends a statement; allowed: one expression", offset };
      if (char === "(") depth++;
      if (char === ")" && --depth < 0) return { message: ") closes nothing", offset };
    }
  }
  return depth > 0 ? { message: "( is opened and never closed", offset: sql.length } : undefined;
}

/** The words of the code, upper case, without comments and quoted text. */
export function codeWords(sql: string): string[] {
  return cutSql(sql)
    .filter((piece) => piece.kind === "code")
    .flatMap((piece) => piece.text.toUpperCase().match(/[A-Z_][A-Z_0-9]*/g) ?? []);
}

function isOpen(text: string): boolean {
  if (text.startsWith("--")) return false;
  if (text.startsWith("/*")) return !(text.length >= 4 && text.endsWith("*/"));
  const quote = text.charAt(0);
  if (text.length < 2 || !text.endsWith(quote)) return true;
  const escapes = text.slice(1, -1).match(/\\+$/)?.[0].length ?? 0;
  return quote !== "`" && escapes % 2 === 1;
}
