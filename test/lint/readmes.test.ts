import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../spec/project";

it("names in the README of a package the modules that are in it", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
  const readmes = files.filter((file) =>
    /^(?:certify|cli|constructs|local|pipelines|scripts|spec|test|workspace)\/.*README\.md$/.test(file),
  );
  const missing = readmes.flatMap((readme) => {
    const names = readFileSync(join(ROOT, readme), "utf8").matchAll(/`([\w./-]+\.(?:py|ts|mjs|sh))`/g);
    const near = files.filter((file) => file.startsWith(`${dirname(readme)}/`)).map((file) => basename(file));
    return [...names]
      .map(([, name = ""]) => name)
      .filter((name) => !files.includes(name) && !near.includes(basename(name)))
      .map((name) => `${readme}: ${name}`);
  });
  expect(readmes.length).toBeGreaterThan(15);
  expect(missing).toEqual([]);
});

it("gives every decision a number of its own, with which its title begins", () => {
  const folder = join(ROOT, "docs", "adr");
  const decisions = readdirSync(folder).filter((name) => name !== "README.md");
  const numbers = decisions.map((name) => Number(name.slice(0, 4)));
  expect(new Set(numbers).size).toBe(numbers.length);
  const titles = decisions.map((name) => readFileSync(join(folder, name), "utf8").split(".")[0]);
  expect(titles).toEqual(numbers.map((number) => `# ${number}`));
});
