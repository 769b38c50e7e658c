import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../spec/project";

it("names in the README of a package the modules that are in it", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
  const readmes = files.filter((file) =>
    /^(?:cli|constructs|local|pipelines|scripts|spec|test|workspace)\/.*README\.md$/.test(file),
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
