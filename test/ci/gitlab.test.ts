/** The pipeline of GitLab that `medallion init --ci gitlab` writes: by GitLab's own schema, and in the order of a deploy. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { filesOf, writeProject } from "../../cli/init/project";
import { ROOT } from "../spec/project";

interface Job {
  readonly name: string;
  readonly when: string;
  readonly needs?: readonly { readonly job: string }[];
}

const folder = mkdtempSync(join(tmpdir(), "medallion-gitlab-"));
writeProject(folder, filesOf({ name: "bikes", cloud: "gcp", framework: "cdktn", packageSpec: "0.1.0", ci: "gitlab" }));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: folder });
git("init", "-q", "-b", "main");
git("remote", "add", "origin", "git@gitlab.com:some/bikes.git");
git("add", "-A");
git("commit", "-qm", "first");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The jobs that run under these variables; a file that GitLab's schema rejects raises an error. */
async function jobs(...variables: string[]): Promise<Job[]> {
  const bin = join(ROOT, "node_modules", "gitlab-ci-local", "src", "index.js");
  const given = variables.flatMap((variable) => ["--variable", variable]);
  const { stdout } = await promisify(execFile)(process.execPath, [bin, "--list-json", ...given], { cwd: folder });
  // It warns of variables that GitLab sets itself, which is what is wanted here.
  return (JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as Job[]).filter(({ when }) => when !== "never");
}
const names = (found: readonly Job[]) => found.map(({ name }) => name);

it("checks, tries and plans a merge request", async () => {
  expect(names(await jobs("CI_PIPELINE_SOURCE=merge_request_event", "CI_COMMIT_BRANCH="))).toEqual([
    "check",
    "sample",
    ...["dev", "staging", "prod"].map((stage) => `plan: [${stage}-gcp]`),
    "report",
  ]);
});

it("deploys main: each environment after the one before, planned and then applied", async () => {
  const found = await jobs("CI_PIPELINE_SOURCE=push");
  const stages = ["dev", "staging", "prod"].flatMap((stage) => [`plan-${stage}`, `apply-${stage}`]);
  expect(names(found)).toEqual(stages);
  expect(found.map(({ needs }) => needs?.map(({ job }) => job))).toEqual([
    undefined,
    ...stages.slice(0, -1).map((job) => [job]),
  ]);
  expect(found.map(({ when }) => when)).toEqual([
    "on_success",
    "on_success",
    "on_success",
    "manual",
    "on_success",
    "manual",
  ]);
});

it("looks for drift on a schedule", async () => {
  expect(names(await jobs("CI_PIPELINE_SOURCE=schedule"))).toEqual(
    ["dev", "staging", "prod"].map((stage) => `drift: [${stage}-gcp]`),
  );
});

it("calls only scripts and environments of the project", () => {
  const text = readFileSync(join(folder, ".gitlab-ci.yml"), "utf8");
  const scripts = [...text.matchAll(/scripts\/ci\/\w+\.sh/g)].map(([script]) => script);
  expect(scripts.length).toBeGreaterThan(5);
  expect(scripts.filter((script) => !existsSync(join(folder, script)))).toEqual([]);
  const environments = [...text.matchAll(/\b(?:dev|staging|prod)-(?:aws|azure|gcp)\b/g)].map(([name]) => name);
  expect([...new Set(environments)]).toEqual(["dev-gcp", "staging-gcp", "prod-gcp"]);
  for (const name of environments)
    expect(existsSync(join(folder, "config", "environments", `${name}.yaml`))).toBe(true);
  expect(existsSync(join(folder, ".github"))).toBe(false);
});
