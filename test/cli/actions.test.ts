import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeTools, folder, medallion } from "./support/command";

describe("actions of the job as commands", () => {
  const cases: [string, string[], string, Record<string, string>][] = [
    ["accept-batch", ["--topic", "orders"], "accept_batch", { topic: "orders" }],
    ["replay", ["--topic", "orders", "--codes", "a,b"], "replay", { topic: "orders", codes: "a,b" }],
    ["full-refresh", [], "full_refresh", {}],
    [
      "check",
      ["--topic", "orders", "--data", "new", "--rules", "--allow", "types"],
      "check",
      { topic: "orders", data: "{cwd}/new", allow: "types" },
    ],
    ["forget", ["--topic", "orders", "--keys", "keys.txt"], "forget", { topic: "orders", keys_file: "{cwd}/keys.txt" }],
  ];

  it.each(cases)("%s", async (command, args, action, told) => {
    const { tools, calls } = fakeTools("exit 0");
    const cwd = folder();
    writeFileSync(join(cwd, "keys.txt"), "1\n");
    const { code, stderr } = await medallion([command, ...args, "--json"], { MEDALLION_TOOLS: tools }, cwd);
    expect([code, stderr]).toEqual([0, ""]);
    const given = calls();
    expect(given.slice(2, 4)).toEqual(["-m", "local"]);
    expect(given.slice(given.indexOf("--out"))).toEqual([
      ...["--out", join(cwd, ".medallion"), "--json", "--action", action],
      ...["--action-arguments", JSON.stringify(told).replace("{cwd}", cwd)],
    ]);
  });

  it("check alone needs no Java", async () => {
    const { tools, calls } = fakeTools("exit 3");
    const cwd = folder();
    const args = ["check", "--topic", "orders", "--data", "new", "--base", "old", "--allow", "types", "rejects"];
    const env = { MEDALLION_TOOLS: tools, JAVA_HOME: folder() };
    expect((await medallion(args, env, cwd)).code).toBe(3);
    const [, , m, module, ...given] = calls();
    expect([m, module, given[0]]).toEqual(["-m", "local.check", "--stack-dir"]);
    expect(given.slice(2)).toEqual([
      ...["--topic", "orders", "--data", join(cwd, "new"), "--base", join(cwd, "old")],
      ...["--allow", "types", "--allow", "rejects"],
    ]);
  });

  it.each([
    [["replay"], "required option '--topic <name>' not specified", 1],
    [["forget", "--topic", "orders"], "required option '--keys <file>' not specified", 1],
    [["forget", "--topic", "orders", "--keys", "nowhere"], "medallion: There is no file ", 2],
    [["check", "--topic", "orders", "--data", ".", "--allow", "all"], "Allowed choices are types, rejects", 1],
    [["check", "--topic", "orders", "--data", ".", "--rules", "--base", "."], "without --base", 2],
  ])("%j", async (args, message, status) => {
    const { code, stderr } = await medallion(args, { MEDALLION_TOOLS: fakeTools("exit 0").tools }, folder());
    expect(stderr).toContain(message);
    expect(code).toBe(status);
  });
});
