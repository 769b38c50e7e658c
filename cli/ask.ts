import type { Command } from "commander";
import { Option } from "commander";
import { findPython } from "./machine";
import { userPath } from "./paths";
import { runPython } from "./python";

interface AskOptions {
  readonly out: string;
  readonly format?: string;
  readonly output?: string;
}

interface QueryOptions extends AskOptions {
  readonly file?: string;
}

const ROW_FORMATS = ["table", "csv", "json", "parquet"];

/** Adds the commands that ask about the tables of an output folder. They need neither Spark nor Java. */
export function addAsk(program: Command): void {
  withOutput(program.command("query [sql]"), ROW_FORMATS)
    .description("query the tables by SQL (DuckDB's), read-only; without a statement, an interactive shell")
    .option("-f, --file <file>", "read the statement from a file")
    .action(async (sql: string | undefined, { file, ...options }: QueryOptions) => {
      const from = file === undefined ? [] : ["--file", userPath(file)];
      process.exitCode = await ask("query", options, [...from, ...(sql === undefined ? [] : ["--", sql])]);
    });
  withOutput(program.command("tables"), ROW_FORMATS)
    .description("list the tables: layer, name, rows, size, version, last write, comment")
    .action(async (options: AskOptions) => {
      process.exitCode = await ask("tables", options, []);
    });
  withOutput(program.command("describe <table>"), ROW_FORMATS)
    .description("list the columns of a table: type, key, comment")
    .action(async (table: string, options: AskOptions) => {
      process.exitCode = await ask("describe", options, ["--", table]);
    });
  withOutput(program.command("history <table>"), ROW_FORMATS)
    .description("list the versions of a table: time, operation, rows")
    .action(async (table: string, options: AskOptions) => {
      process.exitCode = await ask("history", options, ["--", table]);
    });
  withOutput(program.command("lineage [name]"), ["text", "json"])
    .description("show the inputs of each table, or of one table or column: sources, bronze, silver, gold")
    .action(async (name: string | undefined, options: AskOptions) => {
      process.exitCode = await ask("lineage", options, name === undefined ? [] : ["--", name]);
    });
}

function withOutput(command: Command, formats: readonly string[]): Command {
  return command
    .option("--out <dir>", "the output folder of `medallion run`", ".medallion")
    .addOption(new Option("--format <format>", "format of the result").choices(formats).default(formats[0]))
    .option("--output <file>", "write the result to a file");
}

function ask(command: string, { out, format, output }: AskOptions, rest: readonly string[]): Promise<number> {
  return runPython(findPython(), "local.ask", [
    command,
    ...["--out", userPath(out)],
    ...(format === undefined ? [] : ["--format", format]),
    ...(output === undefined ? [] : ["--output", userPath(output)]),
    ...rest,
  ]);
}
