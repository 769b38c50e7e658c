import { cpSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { execute, ROOT, temporaryFolder } from "./processes";

type Case = readonly [path: string, source: string, message?: string];

const REJECTED: Case[] = [
  ["spec/a.ts", `import { App } from "cdktf"; console.log(App);`, "knows nothing of cdktf"],
  ["spec/b.ts", `import { J } from "@cdktf/provider-databricks/lib/job"; console.log(J);`, "knows nothing of cdktf"],
  ["spec/c.ts", `import { Construct } from "constructs"; console.log(Construct);`, "knows nothing of cdktf"],
  ["spec/d.ts", `import { x } from "../constructs"; console.log(x);`, "no package to its right"],
  ["spec/deep/e.ts", `import { x } from "../../constructs/index"; console.log(x);`, "no package to its right"],
  ["spec/f.ts", `import { x } from "../cli/main"; console.log(x);`, "no package to its right"],
  ["spec/g.ts", `console.log(process.env["HOME"]);`, "Don't use process.env"],
  ["constructs/a.ts", `import { x } from "../cli/main"; console.log(x);`, "nothing to its right"],
  ["constructs/jobs/b.ts", `import { x } from "../../local/run"; console.log(x);`, "nothing to its right"],
  ["constructs/jobs/c.ts", `import { x } from "../../main"; console.log(x);`, "nothing to its right"],
  ["constructs/jobs/d.ts", `import { x } from "../../test/help"; console.log(x);`, "nothing to its right"],
  ["constructs/jobs/e.ts", `import { J } from "@cdktf/provider-databricks"; console.log(J);`, "by its deep path"],
  ["constructs/jobs/f.ts", `console.log(process.env.HOME);`, "Don't use process.env"],
  ["cli/a.ts", `import { x } from "../test/help"; console.log(x);`, "neither scripts/ nor test/"],
  ...["spec", "constructs", "cli"].flatMap((folder): Case[] => [
    [`${folder}/ring-a.ts`, `import type { B } from "./ring-b"; export type A = B | 1;`, "part of a cycle"],
    [`${folder}/ring-b.ts`, `import type { A } from "./ring-a"; export type B = A[];`, "part of a cycle"],
  ]),
];

const LET_THROUGH: Case[] = [
  ["constructs/jobs/y.ts", `import { J } from "@cdktf/provider-databricks/lib/job"; console.log(J);`],
  ["constructs/jobs/z.ts", `import { x } from "../../spec"; import { y } from "../clouds/cloud"; console.log(x, y);`],
  ["cli/z.ts", `import { x } from "../constructs"; import { y } from "../spec"; console.log(x, y, process.env.HOME);`],
];

/** What the linter says, by file: one run over a folder that holds all cases under our configuration. */
function lint(cases: Case[]): Map<string, string> {
  const folder = temporaryFolder();
  cpSync(join(ROOT, "biome.json"), join(folder, "biome.json"));
  for (const [path, source] of cases) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), source);
  }
  const biome = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = [biome, "lint", "--vcs-enabled=false", "--reporter=github", "--max-diagnostics=none", "."];
  const { stdout } = execute(process.execPath, args, { cwd: folder });
  const said = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const path = /,file=([^,]+),/.exec(line)?.[1];
    if (!path) continue;
    const name = relative(realpathSync(folder), path).split(sep).join("/");
    said.set(name, `${said.get(name) ?? ""}${line}\n`);
  }
  return said;
}

describe("no package imports one to its right", () => {
  it("rejects, with the reason", () => {
    const said = lint(REJECTED);
    for (const [path, , message] of REJECTED) expect(said.get(path), path).toContain(message);
  });

  it("lets through what a package may do", () => {
    expect([...lint(LET_THROUGH)]).toEqual([]);
  });
});
