/**
 * Prints the hover texts of an editor, as JSON, for a file of TypeScript (standard input) that imports the declarations of
 * `medallion/spec` as the package ships them: one text per key that is marked by `/*hover*\/` before it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(__dirname, "..", "..", "..");
const MARK = "/*hover*/";
/** Folder of files that are in memory alone; beside node_modules, where zod is found. */
const MEMORY = join(ROOT, ".hover");
const MAIN = join(MEMORY, "main.ts");

const files = new Map([[MAIN, readFileSync(0, "utf8")]]);
const read = (file: string): string | undefined => files.get(file) ?? ts.sys.readFile(file);
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(ROOT, "tsconfig.build.json"), ts.sys.readFile).config,
  ts.sys,
  ROOT,
);
const shipped = ts.createProgram([join(ROOT, "spec", "index.ts")], {
  ...options,
  emitDeclarationOnly: true,
  outDir: MEMORY,
});
shipped.emit(undefined, (file, text) => files.set(file, text));

const service = ts.createLanguageService({
  getCompilationSettings: () => ({
    ...{
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      target: ts.ScriptTarget.ES2022,
    },
    ...{ strict: true, skipLibCheck: true, types: [] },
    paths: { "medallion/spec": [join(MEMORY, "spec", "index.d.ts")] },
  }),
  getScriptFileNames: () => [MAIN],
  getScriptVersion: () => "1",
  getScriptSnapshot: (file) => {
    const text = read(file);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => MEMORY,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (file) => files.has(file) || ts.sys.fileExists(file),
  directoryExists: (folder) =>
    [...files.keys()].some((file) => file.startsWith(`${folder}/`)) || ts.sys.directoryExists(folder),
  readFile: read,
});
const text = files.get(MAIN) ?? "";
const hovers = [...text.matchAll(/\/\*hover\*\/(\w+)/g)].map(({ index, 1: key = "" }) => {
  const info = service.getQuickInfoAtPosition(MAIN, index + MARK.length);
  const tags = (info?.tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`);
  return [key, [ts.displayPartsToString(info?.documentation), ...tags].join(" ")];
});
const faults = service
  .getSemanticDiagnostics(MAIN)
  .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
console.log(JSON.stringify({ hovers: Object.fromEntries(hovers), faults }));
