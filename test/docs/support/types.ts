import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../spec/project";
import type { Snippet } from "./blocks";

/** Names that snippets use without declaring them, with their types. */
const GIVEN: Readonly<Record<string, string>> = {
  app: 'import("cdktf").App',
  stack: 'import("medallion").MedallionStack',
  pipeline: 'import("medallion").MedallionPipeline',
  environment: 'import("medallion").PipelineEnvironment',
  document: 'import("medallion/spec").PipelineDocument',
  ordersDocument: 'import("medallion/spec").PipelineDocument',
  returnsDocument: 'import("medallion/spec").PipelineDocument',
  catalog: 'import("medallion").ICatalog',
  schema: 'import("medallion").Schema',
  gold: 'import("medallion").Schema',
  newSchema: 'import("medallion").Schema',
  oldSchema: 'import("medallion").Schema',
  job: 'import("medallion").PipelineJob',
};

/** Modules whose exports a snippet may use without importing them, and the file that lists these. */
const MODULES = { medallion: "constructs/index.ts", "medallion/spec": "spec/index.ts" } as const;

/** Type-checks snippets of TypeScript, all in one program; `medallion` is this project's own source. */
export async function typeFaults(pieces: readonly Snippet[]): Promise<string[]> {
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "snippets-"));
  try {
    const files = pieces.map((piece, index) => {
      writeFileSync(join(folder, `snippet-${index}.ts`), wrapped(piece.text));
      return `snippet-${index}.ts`;
    });
    const compilerOptions = {
      ...{
        noEmit: true,
        incremental: false,
        tsBuildInfoFile: null,
        noUnusedLocals: false,
        noUnusedParameters: false,
        allowJs: false,
        checkJs: false,
      },
      paths: Object.fromEntries(Object.entries(MODULES).map(([name, file]) => [name, [join(ROOT, file)]])),
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(ROOT, "tsconfig.json"), compilerOptions, include: [], files }),
    );
    const compile = ["--import", "tsx", join(__dirname, "compile.ts"), join(folder, "tsconfig.json")];
    const { stdout } = await promisify(execFile)(process.execPath, compile, { cwd: ROOT });
    return stdout
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => line.replace(/^\S*snippet-(\d+)\.ts/, (_, index) => pieces[Number(index)]?.at ?? ""));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A snippet as a whole module: with its imports on top, and inside of a construct, where `this` is one. */
function wrapped(text: string): string {
  const imports = text.match(/^import [^;]*;$/gm) ?? [];
  const body = imports.reduce((rest, line) => rest.replace(line, ""), text);
  const imported = imports.join("\n");
  const uses = (name: string): boolean => new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(body);
  const declares = (name: string): boolean => new RegExp(`\\b(const|let|class) [^=\\n]*\\b${name}\\b`).test(body);
  const open = (name: string): boolean => uses(name) && !declares(name) && !new RegExp(`\\b${name}\\b`).test(imported);
  const lent = Object.entries(MODULES).flatMap(([module, file]) => {
    const names = exportsOf(file).filter((name) => open(name) && GIVEN[name] === undefined);
    return names.length === 0 ? [] : [`import { ${names.join(", ")} } from "${module}";`];
  });
  const given = Object.entries(GIVEN).filter(([name]) => open(name));
  return [
    'import { Construct as Scope } from "constructs";',
    ...lent,
    ...imports,
    ...given.map(([name, type]) => `declare const ${name}: ${type};`),
    "export class Snippet extends Scope {",
    "  constructor(scope: Scope) {",
    '    super(scope, "Snippet");',
    body,
    "  }",
    "}",
  ].join("\n");
}

function exportsOf(file: string): string[] {
  const lists = readFileSync(join(ROOT, file), "utf8").matchAll(/export (?:type )?\{([^}]*)\}/g);
  return [...lists].flatMap(([, names = ""]) =>
    names
      .split(",")
      .map((name) => name.replace("type ", "").trim())
      .filter(Boolean),
  );
}
