import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { completion } from "../../cli/completion";
import { EXAMPLES } from "../../cli/examples";
import { buildProgram } from "../../cli/main";
import { folder, ROOT } from "./support/command";

const program = buildProgram();

describe("help", () => {
  it("has examples for every command, and for no other", () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(program.commands.map((command) => command.name()).sort());
  });

  it.each(program.commands.map((command) => [command.name(), command] as const))(
    "%s: examples are valid",
    (name, command) => {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      for (const example of EXAMPLES[name] ?? []) {
        expect(help).toContain(example);
        expect(example).toContain(`medallion ${name}`);
        const flags = (example.split(`medallion ${name}`)[1] ?? "").match(/(?<=\s)--?[a-z][\w-]*/g) ?? [];
        for (const flag of flags)
          expect(command.options.some(({ long, short }) => flag === long || flag === short)).toBe(true);
      }
    },
  );
});

describe("completion", () => {
  const complete = (...words: string[]) => {
    const script = join(folder(), "completion.bash");
    writeFileSync(script, completion(program, "bash"));
    const line = words.map((word) => `'${word}'`).join(" ");
    const command = `source ${script}; COMP_WORDS=(medallion ${line}); COMP_CWORD=${words.length}; _medallion; echo "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", command], { encoding: "utf8" }).trim().split(" ");
  };

  it("completes commands, options and choices in bash, and leaves files to the shell", () => {
    expect(complete("qu")).toEqual(["query", "quarantine-batch"]);
    expect(complete("query", "--f")).toEqual(["--format", "--file"]);
    expect(complete("query", "--format", "")).toEqual(["table", "csv", "json", "parquet"]);
    expect(complete("query", "--file", "")).toEqual([""]);
    expect(complete("init", "--cloud", "a")).toEqual(["aws", "azure"]);
  });

  it.each(["bash", "zsh", "fish"] as const)("is a script of %s that names every command", (shell) => {
    const script = completion(program, shell);
    for (const command of program.commands) expect(script).toContain(command.name());
    const checked = spawnSync(shell, ["-n"], { input: script, encoding: "utf8" });
    // Not every machine has every shell.
    if (checked.error === undefined) expect([checked.status, checked.stderr]).toEqual([0, ""]);
  });
});

describe("notes for coding agents", () => {
  it.each(["AGENTS.md", "cli/init/template/AGENTS.md"])("%s names commands and files that are there", (path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const names = program.commands.map((command) => command.name());
    const commands = [...text.matchAll(/npx --no-install medallion ([\w-]+)/g)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.filter((name) => !names.includes(name ?? ""))).toEqual([]);
    const links = [...text.matchAll(/\]\(([^)]+)\)|`node_modules\/medallion\/([^`]+)`/g)].map(
      ([, link, file]) => link ?? file ?? "",
    );
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const own = path === "AGENTS.md" ? [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name) : [];
    expect(own.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("the editor of a new project finds the schemas in the package", () => {
    const settings = JSON.parse(readFileSync(join(ROOT, "cli/init/template/.vscode/settings.json"), "utf8"));
    const schemas = Object.keys(settings["yaml.schemas"]).map((path) => path.replace("./node_modules/medallion/", ""));
    expect(schemas.length).toBe(4);
    expect(schemas.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
