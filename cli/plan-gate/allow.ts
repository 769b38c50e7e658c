import { Fault } from "../fault";

/** What may pass, and why: name of the change -> reason. */
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
