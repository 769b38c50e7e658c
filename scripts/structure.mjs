#!/usr/bin/env node
/**
 * Measures the structure of a checkout: modules and lines per package, how deep imports go, circles, the largest file and function.
 *
 *   npm run structure [-- FOLDER]     FOLDER: another checkout, to compare with (default: this one)
 *
 * A package is a folder of a source root, or a file beside such folders. A floor is one more than the highest floor that it imports.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ts from "typescript";
import { ROOT, VENV_PYTHON } from "./setup/shell.mjs";

/** @typedef {{ file: string, imports: string[], lines: number, longestFunction: { lines: number, name: string } }} Module */

const PYTHON = ["pipelines", "local"];
const TYPESCRIPT = ["spec", "constructs", "cli"];

/** @param {string} root @returns {string[]} */
const tracked = (root) =>
  execFileSync("git", ["-C", root, "ls-files"], { encoding: "utf8" }).split("\n").filter(Boolean);

/** @param {string} root @returns {Module[]} */
function pythonModules(root) {
  const script = join(ROOT, "scripts", "structure", "python_modules.py");
  return JSON.parse(execFileSync(VENV_PYTHON, [script, root, ...PYTHON], { encoding: "utf8", maxBuffer: 1 << 26 }));
}

/** @param {string} root @param {readonly string[]} files @returns {Module[]} */
function typescriptModules(root, files) {
  const chosen = files.filter((file) => /\.ts$/.test(file) && TYPESCRIPT.includes(file.split("/")[0] ?? ""));
  return chosen.map((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    /** @type {string[]} */
    const imports = [];
    let longest = { lines: 0, name: "" };
    /** @param {ts.Node} node */
    const visit = (node) => {
      if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
        const path = JSON.parse(node.moduleSpecifier.getText());
        if (path.startsWith(".")) {
          const target = relative(root, resolve(root, dirname(file), path))
            .split(sep)
            .join("/");
          const found = [`${target}.ts`, `${target}/index.ts`].find((name) => chosen.includes(name));
          if (found) imports.push(found);
        }
      }
      if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node)) {
        const lines =
          source.getLineAndCharacterOfPosition(node.end).line -
          source.getLineAndCharacterOfPosition(node.getStart()).line +
          1;
        if (lines > longest.lines) longest = { lines, name: node.name?.getText() ?? "constructor" };
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return { file, imports, lines: text.split("\n").length - 1, longestFunction: longest };
  });
}

/** @param {string} file */
function packageOf(file) {
  const [first = "", second = ""] = file.split("/");
  return `${first}/${second}`;
}

/**
 * Groups of nodes that import each other in a circle, by Tarjan's algorithm, and the floor of each node.
 * @param {Map<string, Set<string>>} graph
 */
function floorsOf(graph) {
  /** @type {Map<string, number>} */
  const index = new Map();
  /** @type {Map<string, number>} */
  const low = new Map();
  /** @type {Map<string, number>} */
  const floors = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const circles = [];
  /** @param {string} node */
  const go = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) go(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== index.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    const below = group.flatMap((one) => [...(graph.get(one) ?? [])].filter((next) => !group.includes(next)));
    const floor = 1 + Math.max(0, ...below.map((next) => floors.get(next) ?? 0));
    for (const one of group) floors.set(one, floor);
    if (group.length > 1) circles.push(group);
  };
  for (const node of graph.keys()) if (!index.has(node)) go(node);
  return { floors, circles };
}

/** @param {string} name @param {Module[]} modules */
function report(name, modules) {
  const files = new Map(modules.map((module) => [module.file, new Set(module.imports)]));
  /** @type {Map<string, Set<string>>} */
  const packages = new Map();
  let between = 0;
  for (const { file, imports } of modules) {
    const name = packageOf(file);
    const others = imports.map(packageOf).filter((other) => other !== name);
    between += others.length;
    packages.set(name, new Set([...(packages.get(name) ?? []), ...others]));
  }
  const byPackage = floorsOf(packages);
  const byFile = floorsOf(files);
  console.log(`\n${name}`);
  console.table(
    Object.fromEntries(
      [...packages.keys()]
        .sort((a, b) => (byPackage.floors.get(b) ?? 0) - (byPackage.floors.get(a) ?? 0) || a.localeCompare(b))
        .map((name) => {
          const own = modules.filter(({ file }) => packageOf(file) === name);
          const lines = own.reduce((sum, module) => sum + module.lines, 0);
          return [
            name,
            {
              floor: byPackage.floors.get(name),
              modules: own.length,
              lines,
              "packages imported": packages.get(name)?.size,
            },
          ];
        }),
    ),
  );
  const largest = modules.reduce((a, b) => (b.lines > a.lines ? b : a));
  const longest = modules.reduce((a, b) => (b.longestFunction.lines > a.longestFunction.lines ? b : a));
  console.log(`  modules ${modules.length}, lines ${modules.reduce((sum, { lines }) => sum + lines, 0)}`);
  console.log(
    `  floors of packages ${Math.max(...byPackage.floors.values())}, of modules ${Math.max(...byFile.floors.values())}`,
  );
  console.log(
    `  imports ${modules.reduce((sum, { imports }) => sum + imports.length, 0)}, of them between packages ${between}`,
  );
  console.log(`  circles of packages ${show(byPackage.circles)}, of modules ${show(byFile.circles)}`);
  console.log(`  largest file ${largest.file} (${largest.lines} lines)`);
  console.log(
    `  longest function ${longest.longestFunction.name} in ${longest.file} (${longest.longestFunction.lines} lines)`,
  );
}

/** @param {string[][]} circles */
const show = (circles) =>
  circles.length === 0 ? "0" : `${circles.length}: ${circles.map((one) => one.join(" ")).join("; ")}`;

/** @param {string} root @param {readonly string[]} files */
function weigh(root, files) {
  /** @param {(file: string) => boolean} chosen */
  const lines = (chosen) =>
    files.filter(chosen).reduce((sum, file) => sum + readFileSync(join(root, file), "utf8").split("\n").length - 1, 0);
  /** @param {string} file */
  const isCode = (file) => /\.(ts|mts|mjs|py|sh|sql)$/.test(file);
  /** @param {string} file */
  const isTest = (file) => /^(test|bench|conftest\.py)/.test(file);
  console.log("\nweight, in lines");
  console.log(`  product ${lines((file) => isCode(file) && !isTest(file))}`);
  console.log(`  tests and benchmarks ${lines((file) => isCode(file) && isTest(file))}`);
  console.log(`  JSON of tests ${lines((file) => /\.json$/.test(file) && isTest(file))}`);
}

const root = resolve(process.argv[2] ?? ROOT);
const files = tracked(root);
const python = pythonModules(root);
const typescript = typescriptModules(root, files);
for (const name of PYTHON)
  report(
    name,
    python.filter(({ file }) => file.startsWith(`${name}/`)),
  );
for (const name of TYPESCRIPT)
  report(
    name,
    typescript.filter(({ file }) => file.startsWith(`${name}/`)),
  );
weigh(root, files);
