/**
 * Every snippet of the docs is read by what would read it: config by `spec`, commands by bash and the command line, TypeScript by
 * its compiler, SQL by a database with the tables of a run. Each check is tried on a wrong snippet too, which it must find.
 */
import { spawn } from "node:child_process";
import { appendFileSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { folder, medallion } from "../cli/support/command";
import { ROOT } from "../spec/project";
import { type Snippet, snippets, snippetsOf } from "./support/blocks";
import { check, sources, unknownVariables } from "./support/commands";
import { configFaults } from "./support/config";
import { type Command, commandsOf } from "./support/shell";
import { typeFaults } from "./support/types";

/** Pages whose commands another test runs, word for word. */
const RUN_BY: Readonly<Record<string, string>> = {
  "docs/start.md": "test/pack/new-project.ts",
  "docs/guides/query.md": "test/e2e/test_sample.py",
  "docs/guides/own-spark.md": "test/e2e/test_plain_spark.py",
};

const ALL = snippets();
const NAMED = /^(npx|npm|medallion|scripts\/ci\/\S+|\.ci\/run|\.tools\/python\/bin\/python) /;
const isModel = ({ text }: Snippet): boolean => /^-- model:/m.test(text);
const isConfig = (snippet: Snippet): boolean =>
  snippet.language === "yaml" || (snippet.language === "sql" && isModel(snippet));
const wrong = (language: string, text: string): Snippet => ({ at: "wrong", page: "wrong", language, text });

/** Number of snippets and commands by what was done with them, for the closing line. */
const done = new Map<string, number>();
const skipped = new Map<string, number>();
const count = (counts: Map<string, number>, what: string, by = 1): unknown =>
  counts.set(what, (counts.get(what) ?? 0) + by);

/** Splits faults into those of the docs and the number of those that were put there to be found. */
function apart(faults: readonly string[]): { docs: string[]; found: number } {
  const docs = faults.filter((fault) => !fault.startsWith("wrong"));
  return { docs, found: faults.length - docs.length };
}

afterAll(() => {
  const list = (counts: Map<string, number>): string =>
    [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, number]) => `${number} ${what}`)
      .join(", ");
  const line = `docs: ${list(done)}; skipped: ${list(skipped)}`;
  const file = process.env["MEDALLION_CLOSING_LINES"];
  if (file === undefined) console.log(line);
  else appendFileSync(file, `${line}\n`);
});

it("reads fenced blocks, with their indentation removed, and code within sentences", () => {
  const page = "# A\n   ```bash\n   npm test\n   ```\nSay `npm start`.\n```\nplain\n```\n";
  expect(snippetsOf("a.md", page).map(({ at, language, text }) => [at, language, text])).toEqual([
    ["a.md:2", "bash", "npm test\n"],
    ["a.md:6", "", "plain\n"],
    ["a.md:5", "inline", "npm start"],
  ]);
});

it("knows every language of the blocks", () => {
  const known = ["", "bash", "console", "inline", "json", "python", "sql", "ts", "yaml"];
  expect(ALL.filter(({ language }) => !known.includes(language)).map(({ at }) => at)).toEqual([]);
  for (const { language, text } of ALL)
    if (language === "" && !/^\$ /m.test(text)) count(skipped, "drawings and outputs");
});

describe("commands", () => {
  /** Lines that are typed: all of a block of bash, those behind a prompt where outputs stand between them. */
  const typed = ({ language, text }: Snippet): string | undefined => {
    if (language === "bash" || (language === "inline" && NAMED.test(text))) return text;
    const behind = language === "" || language === "console" ? [...text.matchAll(/^\$ (.*)$/gm)] : [];
    return behind.length > 0 ? behind.map(([, command]) => command).join("\n") : undefined;
  };

  async function faultsOf(snippet: Snippet): Promise<string[]> {
    const text = typed(snippet);
    if (text === undefined) return [];
    const { commands, fault } = await commandsOf(text);
    const faults = fault !== "" ? [fault] : commands.length === 0 ? ["has no command"] : [];
    for (const command of commands) {
      const checked = await check(command, snippet.language !== "inline");
      if ("faults" in checked) faults.push(...checked.faults);
      if (snippet.at === "wrong") continue;
      if ("skipped" in checked) count(skipped, checked.skipped);
      else count(done, "commands parsed");
    }
    return faults.map((line) => `${snippet.at}: ${line}`);
  }

  it.each([
    ["a command that is not there", "npx --no-install medallion qeury 'SELECT 1'"],
    ["an option that is not there", "npx --no-install medallion query --from 'SELECT 1'"],
    ["a value that is not allowed", "npx --no-install medallion query x --format xml"],
    ["an argument that is missing", "medallion describe"],
    ["an option of npm start", "npm start -- --dta x"],
    ["a script of npm", "npm run bulid && npm pack"],
    ["an option of a script", "npm run setup -- --kafak"],
    ["an environment", "scripts/ci/plan.sh dev-asw"],
    ["a script of CI", "scripts/ci/paln.sh dev-aws"],
    ["a command of cdktf", "npx cdktf sinth"],
    ["an unclosed quote", 'npx --no-install medallion query "SELECT 1'],
    ["a program that nobody has", "medalion run"],
    ["a command behind a pipe", "terraform show -json plan | medallion plan-gat -"],
    ["a command in a substitution", "source <(npx --no-install medallion completion tcsh)"],
  ])("finds a fault in %s", async (_, text) => {
    expect(await faultsOf(wrong("bash", text))).toEqual([expect.stringMatching(/^wrong: ./)]);
  });

  it("are those of the command line, of package.json and of CI", async () => {
    expect((await Promise.all(ALL.map(faultsOf))).flat()).toEqual([]);
  });

  it("that other tests run are still run by them", () => {
    for (const [page, test] of Object.entries(RUN_BY)) {
      expect(readFileSync(join(ROOT, test), "utf8")).toContain(page.split("/").at(-1));
      count(
        done,
        "blocks run by other tests",
        ALL.filter((one) => one.page === page && one.language !== "inline").length,
      );
    }
  });

  it("that are cheap do what the page says", async () => {
    const cwd = folder();
    copyFileSync(join(ROOT, "test/cli/fixtures/plans/destroy-schema.json"), join(cwd, "plan.json"));
    const run = async (command: Command, part: RegExp, status = 0): Promise<void> => {
      const { code, stdout, stderr } = await medallion([...command], {}, cwd);
      expect([command, code, `${stdout}${stderr}`]).toEqual([command, status, expect.stringMatching(part)]);
      count(done, "commands run here");
    };
    await Promise.all([
      run(["completion", "bash"], /complete .*-F _medallion/),
      run(["--help"], /Usage: medallion/),
      run(["plan-gate", "plan.json"], /plan gate: REJECTED/, 2),
    ]);
  });

  it("set variables that something reads", () => {
    const known = sources(["cli", "constructs", "local", ".github", "pipelines", "scripts", "spec", "test"]);
    const given = [...ALL, wrong("bash", `MEDALLION_${"STAKCS"}=x npx cdktf synth`)];
    const faults = given.flatMap(({ at, text }) => unknownVariables(text, known).map((fault) => `${at}: ${fault}`));
    expect(apart(faults)).toEqual({ docs: [], found: 1 });
  });
});

describe("config", () => {
  it.each([
    ["a key", "config/topics/orders.yaml", "# config/topics/orders.yaml\nformats: auto\n"],
    ["a value", "prod-aws.yaml", "# config/environments/prod-aws.yaml\nengine: declaratively\n"],
    ["a rule", "orders.yaml", 'quality:\n  - { name: a, expect: "md6(x) = 1" }\n'],
    ["a model", "m.sql", "-- model: m\n-- grain: a\n-- needs: oders(a string)\nSELECT a FROM oders\n"],
  ])("finds a fault in %s", (_, file, text) => {
    expect(configFaults([text])).toEqual([expect.stringContaining(file)]);
  });

  it.each(ALL.filter(isConfig).map((snippet) => [snippet.at, snippet] as const))("%s", (_, snippet) => {
    // A model may read a topic that the page has shown before it.
    const before = isModel(snippet)
      ? ALL.filter(({ page, text }) => page === snippet.page && /^# config\/topics/.test(text))
      : [];
    expect(configFaults([...before.map(({ text }) => text), snippet.text])).toEqual([]);
    count(done, "pieces of config loaded");
  });
});

it("JSON is JSON, or a line of it each", () => {
  const faults = [...ALL, wrong("json", "{'a': 1}")]
    .filter(({ language }) => language === "json")
    .flatMap(({ at, text }) => {
      const documents = [[text], text.trim().split("\n")];
      const reads = documents.some((parts) => parts.every(isJson));
      count(done, "pieces of JSON parsed");
      return reads ? [] : [`${at}: is no JSON`];
    });
  expect(apart(faults)).toEqual({ docs: [], found: 1 });
});

it("TypeScript compiles", async () => {
  const pieces = ALL.filter(({ language }) => language === "ts");
  const faults = await typeFaults([...pieces, wrong("ts", 'new Schema(this, "A", { catalog, nam: "a" });')]);
  expect(apart(faults)).toEqual({ docs: [], found: 1 });
  count(done, "pieces of TypeScript compiled", pieces.length);
}, 180_000);

it("Python imports and calls what is there, SQL reads columns that are there", async () => {
  const pieces = ALL.filter((one) => one.language === "python" || (one.language === "sql" && !isModel(one)));
  const found = await inPython([
    ...pieces,
    wrong("sql", "SELECT cod FROM bronze.orders_quarantine"),
    wrong("sql", "SELEC 1"),
    wrong("python", "from pipelines.run import run_twice"),
    wrong("python", "from pipelines.run import run_loop\nrun_loop(spark, seconds=1)"),
    wrong("python", "import pipelines.runn"),
    wrong("python", "def f(:"),
  ]);
  expect(apart(found)).toEqual({ docs: [], found: 6 });
  count(done, "pieces of Python and SQL checked", pieces.length);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Asks Python, which knows Python and SQL. */
function inPython(pieces: readonly Snippet[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const python = join(ROOT, ".tools", "python", "bin", "python");
    const child = spawn(python, ["-m", "test.docs.support.check"], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk) => (said += chunk));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(JSON.parse(said)) : reject(new Error(`status ${code}`))));
    child.stdin.end(JSON.stringify(pieces));
  });
}
