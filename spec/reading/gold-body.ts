import type { ConfigFaultCode } from "../fault-codes";
import { show } from "../words";
import { scanSql } from "./sql-text";

/** Reports a fault of a model at a line of its file; without a code, the value is invalid. */
export type Report = (line: number, message: string, code?: ConfigFaultCode, column?: number) => void;

/** The body of a model. */
export interface GoldBody {
  /** One SELECT, without the comments around it, which would swallow what is written after it. */
  readonly sql: string;
  /** Line and column in the file, from 1, of an offset in `sql`. */
  readonly position: (offset: number) => { readonly line: number; readonly column: number };
}

/** Reads the body of a model, which starts at a row of its file. */
export function readBody(rows: readonly string[], start: number, fault: Report): GoldBody {
  const body = rows.slice(start).join("\n");
  const position = (offset: number) => {
    const before = body.slice(0, offset).split("\n");
    return { line: start + before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
  const report = (offset: number, message: string, code: ConfigFaultCode) => {
    const { line, column } = position(offset);
    fault(line, message, code, column);
  };
  const { statements, faults } = scanSql(body);
  for (const { offset, message } of faults) report(offset, message, "invalid_sql");
  const [select, second] = statements;
  if (select === undefined) {
    fault(
      Math.max(start, 1),
      "no SELECT after the header; the body is one SELECT over the inputs of needs",
      "missing_key",
    );
    return { sql: "", position };
  }
  const word = /^[^\s(]*/.exec(select.text)?.[0] ?? "";
  if (!/^(select|with)$/i.test(word)) {
    report(
      select.offset,
      `found ${show(word || "(")}; the body is one SELECT: it starts with SELECT or WITH`,
      "invalid_sql",
    );
  }
  if (second !== undefined) report(second.offset, "more than one statement; the body is one SELECT", "invalid_sql");
  return { sql: select.text, position: (offset) => position(select.offset + offset) };
}
