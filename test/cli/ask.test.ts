import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { opener } from "../../cli/open";
import { fakeTools, folder, medallion } from "./support/command";

it("hands a question on to Python, with paths as the user meant them, and needs no jars", async () => {
  const { tools, calls } = fakeTools("exit 7");
  rmSync(join(tools, "jars"), { recursive: true });
  const cwd = folder();
  const args = ["query", "SELECT -1", "--out", "mine", "--format", "json", "--output", "a.json"];
  const { code, stderr } = await medallion(args, { MEDALLION_TOOLS: tools }, cwd);
  expect([code, stderr]).toEqual([7, ""]);
  const asked = ["query", "--out", join(cwd, "mine"), "--format", "json", "--output", join(cwd, "a.json")];
  expect(calls().slice(2)).toEqual(["-m", "local.ask", ...asked, "--", "SELECT -1"]);
  await medallion(["query", "-f", "q.sql"], { MEDALLION_TOOLS: tools }, cwd);
  const read = ["query", "--out", join(cwd, ".medallion"), "--format", "table", "--file", join(cwd, "q.sql")];
  expect(calls().slice(2)).toEqual(["-m", "local.ask", ...read]);
  await medallion(["lineage", "gold.x"], { MEDALLION_TOOLS: tools }, cwd);
  expect(calls().slice(-4)).toEqual(["--format", "text", "--", "gold.x"]);
});

it.each([
  [["query", "x", "--format", "xml"], "Allowed choices are table, csv, json, parquet."],
  [["describe"], "missing required argument 'table'"],
])("%j is a usage error", async (args, message) => {
  const { code, stderr } = await medallion(args, { MEDALLION_TOOLS: fakeTools("exit 0").tools });
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

it("opens the report, and says its path where there is no desktop", async () => {
  const cwd = folder();
  const none = await medallion(["open"], {}, cwd);
  expect([none.code, none.stdout]).toEqual([2, ""]);
  expect(none.stderr).toContain(`medallion: There is no report in ${join(cwd, ".medallion")}: run the pipeline first`);
  const report = join(cwd, "report.html");
  writeFileSync(report, "");
  const hidden = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined };
  const said = await medallion(["open", "--out", "."], hidden, cwd);
  expect(said).toEqual({
    code: 0,
    stdout: `No desktop was found; open this file in a browser: ${report}\n`,
    stderr: "",
  });
  const bin = folder();
  writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\necho "$1" > '${join(bin, "opened")}'\n`);
  chmodSync(join(bin, "xdg-open"), 0o755);
  const opened = await medallion(["open", "--out", "."], { DISPLAY: ":0", PATH: `${bin}:${process.env["PATH"]}` }, cwd);
  expect(opened.stdout).toBe(`Opened ${report}\n`);
  expect(readFileSync(join(bin, "opened"), "utf8")).toBe(`${report}\n`);
  expect([opener("darwin", {}), opener("win32", {})?.[0]]).toEqual([["open"], "cmd"]);
});
