/** Just enough SQL to keep comments, quoted text and statements apart; Spark itself evaluates the rest. */

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

/** Contents of a text, as far as they can be seen without Spark. */
export interface SqlScan {
  readonly statements: readonly Statement[];
  /** Positions of semicolons. */
  readonly semicolons: readonly number[];
  /** Quotes, comments and brackets that do not match. */
  readonly faults: readonly SqlFault[];
}

/** A piece of SQL that is no comment. */
export interface Token {
  /** word: a keyword or a name. name: in backticks, which `text` lacks. quoted: a text in quotes. sign: anything else. */
  readonly kind: "word" | "name" | "quoted" | "sign";
  readonly text: string;
  readonly offset: number;
}

// In this order: line comment, block comment, r'raw text' without escapes, 'text' and "text" with escapes, `name`, words and
// numbers, and single characters.
const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<quoted>[rR]'[^']*(?:'|$)|[rR]"[^"]*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)|"(?:[^"\\]|\\[\s\S])*(?:"|$))|(?<name>`(?:[^`]|``)*(?:`|$))|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<sign>\d[\p{L}\p{N}_]*|\S)/gu;

/** The pieces of a text of SQL, in their order. */
export function sqlTokens(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].flatMap(({ 0: text, index: offset, groups = {} }): Token[] => {
    if (groups["comment"] !== undefined) return [];
    if (groups["name"] !== undefined) return [{ kind: "name", text: text.slice(1, -1).replaceAll("``", "`"), offset }];
    return [{ kind: groups["word"] ? "word" : groups["quoted"] ? "quoted" : "sign", text, offset }];
  });
}

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

/** Returns the fault of a text that should be one SQL expression; undefined if none can be seen. */
export function expressionFault(sql: string): string | undefined {
  const { statements, semicolons, faults } = scanSql(sql);
  if (faults[0] !== undefined) return faults[0].message;
  if (semicolons.length > 0) return "a semicolon ends a statement; allowed: one SQL expression";
  return statements.length === 0 ? "there is only a comment; allowed: one SQL expression" : undefined;
}

function isOpen(token: string): boolean {
  const raw = /^[rR]["']/.test(token);
  const text = raw ? token.slice(1) : token;
  if (text.startsWith("/*")) return text.length < 4 || !text.endsWith("*/");
  if (text.startsWith("`")) return /^`(?:[^`]|``)*$/.test(text);
  if (!text.startsWith("'") && !text.startsWith('"')) return false;
  if (raw) return text.length < 2 || !text.endsWith(text.charAt(0));
  const escapes = /\\*$/.exec(text.slice(1, -1))?.[0].length ?? 0;
  return text.length < 2 || !text.endsWith(text.charAt(0)) || escapes % 2 === 1;
}
