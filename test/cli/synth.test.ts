import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { folder, medallion } from "./support/command";

/** A project whose app writes these stacks, as a framework does, with annotations of these levels. */
function project(stacks: Record<string, readonly string[]>): string {
  const app = folder();
  const script = `const { mkdirSync, writeFileSync } = require("node:fs");
    const stacks = Object.entries(${JSON.stringify(stacks)}).map(([name, levels]) => {
      mkdirSync(process.env.CDKTF_OUTDIR + "/stacks/" + name, { recursive: true });
      const annotations = levels.map((level) => ({ constructPath: name + "/Job", level: "@cdktf/" + level, message: "a text" }));
      return [name, { annotations }];
    });
    writeFileSync(process.env.CDKTF_OUTDIR + "/manifest.json", JSON.stringify({ stacks: Object.fromEntries(stacks) }));
    console.log("synthesized");`;
  writeFileSync(join(app, "app.cjs"), script);
  writeFileSync(join(app, "cdktf.json"), JSON.stringify({ app: "node app.cjs" }));
  return app;
}

it("names the stacks, says warnings, and removes what earlier syntheses left", async () => {
  const app = project({ dev: ["warn"], prod: [] });
  mkdirSync(join(app, "cdktf.out", "stacks", "old"), { recursive: true });
  mkdirSync(join(app, "config"));
  const { code, stdout, stderr } = await medallion(["synth"], {}, join(app, "config"));
  expect([code, stdout]).toEqual([0, "../cdktf.out/stacks/dev\n../cdktf.out/stacks/prod\n"]);
  expect(stderr).toBe("synthesized\nwarning: [dev/Job] a text\n");
  expect(existsSync(join(app, "cdktf.out", "stacks", "old"))).toBe(false);
});

it("fails on the errors of all stacks", async () => {
  const app = project({ dev: ["error"], prod: ["error", "error"] });
  const { code, stdout, stderr } = await medallion(["synth", "--output", "elsewhere"], {}, app);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(
    "Stack dev is not sound:\n  [dev/Job] a text\nStack prod is not sound:\n  [prod/Job] a text\n",
  );
  expect(existsSync(join(app, "cdktf.out"))).toBe(false);
});

it("says where there is nothing to synthesize", async () => {
  const { code, stderr } = await medallion(["synth"], {}, folder());
  expect([code, stderr]).toEqual([2, expect.stringContaining("no folder above it has a cdktf.json")]);
});
