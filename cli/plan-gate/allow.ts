import { Fault } from "../fault";
import type { TypeLists } from "./harmless";

/** Allowed changes with their reasons: name of the change -> reason. */
export type Allowances = ReadonlyMap<string, string>;

/** One `--allow <address>=<reason>`. The address may hold `=` inside quotes: databricks_schema.x["a=b"]. */
export function parseAllow(text: string): [name: string, reason: string] {
  const match = /^((?:[^="]|"(?:[^"\\]|\\.)*")+)=(.*)$/s.exec(text);
  const [name, reason] = [match?.[1]?.trim() ?? "", match?.[2]?.trim() ?? ""];
  if (match === null || !name.includes("."))
    throw new Fault(
      `--allow ${text}: wanted is <address>=<reason>, such as databricks_schema.old=moved to the new catalog.`,
    );
  if (!/[\p{L}]{2}/u.test(reason)) throw new Fault(`--allow ${name}: say why it may happen, after the =.`);
  return [name, reason];
}

/** A file of allowances: one `address = reason` a line; empty lines and # comments are passed over. */
export function parseAllowFile(text: string, file: string): [name: string, reason: string][] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    try {
      return [parseAllow(line)];
    } catch (error) {
      throw new Fault(`${file}:${index + 1}: ${(error as Error).message.replace(/^--allow /, "")}`);
    }
  });
}

/** One `--harmless <type>=<reason>` or `--guarded <type>=<what it holds>`. */
export function parseType(text: string, flag: string): [type: string, reason: string] {
  const match = /^\s*([a-z][a-z0-9_]*)\s*=\s*(.*?)\s*$/s.exec(text);
  const [type, reason] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (match === null)
    throw new Fault(`${flag} ${text}: wanted is <type>=<reason>, such as aws_sns_topic=alarms are made from code.`);
  if (!/[\p{L}]{2}/u.test(reason)) throw new Fault(`${flag} ${type}: say why, after the =.`);
  return [type, reason];
}

/** A file of types: `harmless <type> = <reason>` or `guarded <type> = <what it holds>` a line; # comments are passed over. */
export function parseTypeFile(text: string, file: string): TypeLists {
  const lists = { harmless: new Map<string, string>(), guarded: new Map<string, string>() };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, list, rest] = /^\s*(harmless|guarded)\s+(.*)$/.exec(line) ?? [];
    const where = `${file}:${index + 1}:`;
    if (list === undefined || rest === undefined)
      throw new Fault(`${where} wanted is \`harmless <type> = <reason>\` or \`guarded <type> = <what it holds>\`.`);
    const [type, reason] = parseType(rest, where);
    lists[list as keyof TypeLists].set(type, reason);
  }
  return lists;
}
