/** Just enough SQL to keep comments, quoted text and statements apart; Spark itself judges the rest. */

/** A fault in a text, at an offset from its start. */
export interface SqlFault {
  readonly message: string;
  readonly offset: number;
}

/** A statement without the comments and blanks around it. */
export interface Statement {
  readonly text: string;
  readonly offset: number;
}

/** What a text holds, as far as it can be seen without Spark. */
export interface SqlScan {
  readonly statements: readonly Statement[];
  /** Where semicolons stand. */
  readonly semicolons: readonly number[];
  /** Quotes, comments and brackets that do not match. */
  readonly faults: readonly SqlFault[];
}

// In this order: line comment, block comment, 'text' and "text" with escapes, `name`, and single characters that matter.
const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<quoted>'(?:[^'\\]|\\[\s\S])*(?:'|$)|"(?:[^"\\]|\\[\s\S])*(?:"|$)|`[^`]*(?:`|$))|(?<code>\S)/g;

/** Scans SQL: statements, and what does not match. */
export function scanSql(sql: string): SqlScan {
  const statements: Statement[] = [];
  const semicolons: number[] = [];
  const faults: SqlFault[] = [];
  const brackets: number[] = [];
  let first: number | undefined;
  let end = 0;
  const close = () => {
    if (first !== undefined) statements.push({ text: sql.slice(first, end), offset: first });
    first = undefined;
  };
  for (const match of sql.matchAll(TOKEN)) {
    const [text] = match;
    const offset = match.index;
    if (isOpen(text)) {
      const sign = text.startsWith("/*") ? "/*" : text.charAt(0);
      faults.push({ message: `${sign} is opened and never closed`, offset });
    }
    if (match.groups?.["comment"] !== undefined) continue;
    if (text === ";") {
      semicolons.push(offset);
      close();
      continue;
    }
    if (text === "(") brackets.push(offset);
    if (text === ")" && brackets.pop() === undefined) faults.push({ message: ") closes nothing", offset });
    first ??= offset;
    end = offset + text.length;
  }
  close();
  for (const offset of brackets) faults.push({ message: "( is opened and never closed", offset });
  return { statements, semicolons, faults };
}

/** What is wrong with text that should be one SQL expression; undefined if nothing can be seen. */
export function expressionFault(sql: string): string | undefined {
  const { statements, semicolons, faults } = scanSql(sql);
  if (faults[0] !== undefined) return faults[0].message;
  if (semicolons.length > 0) return "a semicolon ends a statement; allowed: one SQL expression";
  return statements.length === 0 ? "there is only a comment; allowed: one SQL expression" : undefined;
}

function isOpen(text: string): boolean {
  if (text.startsWith("/*")) return text.length < 4 || !text.endsWith("*/");
  if (text.startsWith("`")) return text.length < 2 || !text.endsWith("`");
  if (!text.startsWith("'") && !text.startsWith('"')) return false;
  const escapes = /\\*$/.exec(text.slice(1, -1))?.[0].length ?? 0;
  return text.length < 2 || !text.endsWith(text.charAt(0)) || escapes % 2 === 1;
}
