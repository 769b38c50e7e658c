import { Token } from "cdktf";
import { UserError } from "../internal/check";
import { type Json, pythonLiteral } from "./python-literal";

/** First line of a notebook in Databricks source format, and the line between its cells. */
const FIRST_LINE = "# Databricks notebook source";
const CELL = "# COMMAND ----------";

/** A placeholder is the whole of a string literal, so that the template is valid Python as it stands. */
const PLACEHOLDER = /"\{\{ ([a-z][a-z0-9_]*) \}\}"/g;
const LOOKS_LIKE_ONE = /\{\{\s*[A-Za-z_][A-Za-z0-9_]*\s*\}\}/;

/** Everything that is wrong between a template and its values. */
export class TemplateError extends UserError {
  constructor(
    readonly template: string,
    readonly faults: readonly string[],
  ) {
    super([`notebook ${template}:`, ...faults.map((fault) => `  - ${fault}`)].join("\n"));
  }
}

export interface NotebookTemplate {
  /** For messages. */
  readonly name: string;
  /** The template: valid Python. */
  readonly text: string;
  /** A value for every placeholder, and for nothing else. */
  readonly values: Readonly<Record<string, Json>>;
  /** Cells that go before the first one of the template. */
  readonly cells?: readonly string[];
}

/** Puts the values into a template, as escaped literals, and cells before its own. */
export function renderNotebook({ name, text, values, cells = [] }: NotebookTemplate): string {
  const lines = text.replaceAll("\r\n", "\n");
  const faults = faultsOf(lines, values);
  if (faults.length > 0) throw new TemplateError(name, faults);
  const [, body = ""] = split(lines);
  const rendered = body.replace(PLACEHOLDER, (_match, key: string) => pythonLiteral(values[key] ?? null));
  return [FIRST_LINE, ...cells.flatMap((cell) => [cell, "", CELL, ""]), rendered].join("\n");
}

function faultsOf(text: string, values: Readonly<Record<string, Json>>): string[] {
  const used = new Set(Array.from(text.matchAll(PLACEHOLDER), ([, key]) => key ?? ""));
  const faults: string[] = [];
  if (split(text)[0] !== FIRST_LINE) faults.push(`its first line must be "${FIRST_LINE}"`);
  for (const key of used) {
    if (!Object.hasOwn(values, key))
      faults.push(`unknown placeholder "{{ ${key} }}"; known: ${Object.keys(values).join(", ") || "none"}`);
  }
  for (const [key, value] of Object.entries(values)) {
    if (!used.has(key)) faults.push(`the value "${key}" is not used: there is no "{{ ${key} }}" in the template`);
    if (holdsToken(value))
      faults.push(`the value "${key}" is known to Terraform only when it is applied; a notebook needs it at synth`);
  }
  const stray = LOOKS_LIKE_ONE.exec(text.replace(PLACEHOLDER, ""));
  if (stray !== null)
    faults.push(`${stray[0]} stands inside something else; a placeholder is a whole string literal: "{{ name }}"`);
  return faults;
}

function holdsToken(value: Json): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(holdsToken);
  return Token.isUnresolved(value);
}

function split(text: string): [string, string] {
  const end = text.indexOf("\n");
  return end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)];
}
