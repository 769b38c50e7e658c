/**
 * The pipelines of Azure DevOps that `medallion init --ci azure` writes: by the schema of Azure Pipelines, after their templates
 * were expanded here as Azure does, and in the order of a deploy. Conditions are compared as text: nothing here evaluates them.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { json, text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { filesOf, writeProject } from "../../cli/init/project";
import { ROOT } from "../spec/project";
import { Project } from "./project";

interface Step {
  readonly bash?: string;
  readonly task?: string;
  readonly name?: string;
  readonly env?: Record<string, string>;
}
interface Job {
  readonly job?: string;
  readonly deployment?: string;
  readonly dependsOn?: string | readonly string[];
  readonly condition?: string;
  readonly environment?: string;
  readonly timeoutInMinutes?: number;
  readonly variables?: readonly { readonly group?: string; readonly name?: string; readonly value?: string }[];
  readonly steps?: readonly Step[];
  readonly strategy?: { readonly runOnce: { readonly deploy: { readonly steps: readonly Step[] } } };
}
interface Stage {
  readonly stage: string;
  readonly dependsOn?: string | readonly string[];
  readonly condition?: string;
  readonly jobs: readonly Job[];
}
interface Pipeline {
  readonly jobs?: readonly Job[];
  readonly stages?: readonly Stage[];
}

const PYTHON = join(process.env["MEDALLION_TOOLS"] ?? join(ROOT, ".tools"), "python", "bin", "python");
/** Tasks of extensions, which the schema cannot know. */
const OF_EXTENSIONS = ["TerraformInstaller@1"];

const folder = mkdtempSync(join(tmpdir(), "medallion-azure-"));
writeProject(folder, filesOf({ name: "bikes", cloud: "gcp", framework: "cdktn", packageSpec: "0.1.0", ci: "azure" }));
const pipelines = join(folder, ".azure-pipelines");
const NAMES = ["deploy.yml", "drift.yml", "pull-request.yml"];
const all = Object.fromEntries(NAMES.map((name) => [name, expand(join(pipelines, name))])) as Record<string, Pipeline>;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file with its templates in it. Raises an error for a template that is not there, and for a parameter that is not given. */
function expand(file: string, given: Record<string, unknown> = {}): Pipeline {
  const { parameters: declared = [], ...content } = parse(readFileSync(file, "utf8"));
  const values: Record<string, unknown> = {};
  for (const { name, default: otherwise } of declared) {
    values[name] = given[name] ?? otherwise;
    if (values[name] === undefined) throw new Error(`${file}: ${name} is not given`);
  }
  for (const name of Object.keys(given)) if (!(name in values)) throw new Error(`${file}: there is no ${name}`);
  const value = (expression: string) => {
    const name = /^parameters\.(\w+)$/.exec(expression.trim())?.[1] ?? "";
    if (!(name in values)) throw new Error(`${file}: \${{${expression}}} is not known here`);
    return values[name];
  };
  const walk = (node: unknown): unknown => {
    if (typeof node === "string") {
      const whole = /^\$\{\{([^}]*)\}\}$/.exec(node)?.[1];
      return whole === undefined
        ? node.replace(/\$\{\{([^}]*)\}\}/g, (_, inner) => String(value(inner)))
        : value(whole);
    }
    if (Array.isArray(node)) return node.flatMap(element);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, walk(each)]));
  };
  /** An element of a list: what a template has is put in its place. */
  const element = (each: { readonly template?: string; readonly parameters?: Record<string, unknown> }): unknown[] => {
    if (each?.template === undefined) return [walk(each)];
    const found = expand(join(dirname(file), each.template), walk(each.parameters ?? {}) as Record<string, unknown>);
    return Object.values(found).flat();
  };
  return walk(content) as Pipeline;
}

const jobsOf = ({ jobs = [], stages = [] }: Pipeline) => [...jobs, ...stages.flatMap((stage) => stage.jobs)];
const stepsOf = ({ steps = [], strategy }: Job) => [...steps, ...(strategy?.runOnce.deploy.steps ?? [])];
const shell = (job: Job) => stepsOf(job).flatMap(({ bash }) => bash ?? []);
const stackOf = ({ variables = [] }: Job) => variables.find(({ name }) => name === "STACK")?.value;
const groupsOf = ({ variables = [] }: Job) => variables.flatMap(({ group }) => group ?? []);

it("passes the schema of Azure Pipelines", async () => {
  const known = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.filter((each) => !OF_EXTENSIONS.includes(each?.task)).map(known);
    // To the schema a number is a text, as it is to Azure, and so is a truth value.
    if (typeof node === "number" || typeof node === "boolean") return String(node);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, known(each)]));
  };
  const check = async (name: string, pipeline: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, stringify(known(pipeline), { aliasDuplicateObjects: false }));
    const options = ["--regex-variant", "python", "--builtin-schema", "vendor.azure-pipelines"];
    // It ends with 1 where it finds faults.
    return promisify(execFile)(PYTHON, ["-m", "check_jsonschema", ...options, file]).then(
      () => "",
      ({ stdout, stderr }) => String(stdout || stderr),
    );
  };
  for (const name of NAMES) expect(await check(name, all[name]), name).toBe("");
  const wrong = structuredClone(all["drift.yml"]) as { jobs: { timeoutInMinute?: number }[] };
  Object.assign(wrong.jobs[0] ?? {}, { timeoutInMinute: 3 });
  expect(await check("wrong.yml", wrong)).toContain("timeoutInMinute");
}, 120_000);

it("checks, tries, plans and comments a pull request", () => {
  const jobs = jobsOf(all["pull-request.yml"] ?? {});
  const plans = ["plan_dev", "plan_staging", "plan_prod"];
  expect(jobs.map(({ job, dependsOn = [] }) => [job, [dependsOn].flat()])).toEqual([
    ["check", []],
    ["sample", []],
    ...plans.map((name) => [name, ["check"]]),
    ["comment", plans],
  ]);
  expect(jobs.map(stackOf)).toEqual([undefined, undefined, "dev-gcp", "staging-gcp", "prod-gcp", undefined]);
  for (const job of jobs.slice(2, 5)) {
    expect(shell(job).slice(1)).toEqual(["synth", "plan", "gate"].map((script) => `scripts/ci/${script}.sh "$STACK"`));
    expect(job.condition).toContain("ne(variables['System.PullRequest.IsFork'], 'True')");
    expect(groupsOf(job)).toEqual([`${stackOf(job)}-plan`]);
  }
  expect(shell(jobs[1] as Job)).toContain("npm start");
  expect(shell(jobs[5] as Job).at(-1)).toBe("scripts/ci/comment.sh --post");
});

it("deploys main: each environment after the one before, planned and then applied where it has changes", () => {
  const { stages = [] } = all["deploy.yml"] ?? {};
  expect(stages.map(({ stage, dependsOn = [] }) => [stage, [dependsOn].flat()])).toEqual([
    ["plan_dev", []],
    ["apply_dev", ["plan_dev"]],
    ["plan_staging", ["plan_dev", "apply_dev"]],
    ["apply_staging", ["plan_staging"]],
    ["plan_prod", ["plan_staging", "apply_staging"]],
    ["apply_prod", ["plan_prod"]],
  ]);
  for (const { stage, condition, jobs } of stages) {
    const [job] = jobs as [Job];
    expect(jobs.length).toBe(1);
    const [what = "", which = ""] = stage.split("_");
    expect(stackOf(job)).toBe(`${which}-gcp`);
    expect(groupsOf(job)).toEqual([what === "apply" ? `${which}-gcp` : `${which}-gcp-plan`]);
    if (what === "plan") continue;
    // By stage, job and step of the plan.
    expect(condition).toBe(`and(succeeded(), eq(dependencies.plan_${which}.outputs['plan.plan.changes'], 'true'))`);
    expect(stages.find((each) => each.stage === `plan_${which}`)?.jobs[0]).toMatchObject({
      job: "plan",
      steps: expect.arrayContaining([expect.objectContaining({ bash: 'scripts/ci/plan.sh "$STACK"', name: "plan" })]),
    });
    expect([job.deployment, job.environment]).toEqual(["apply", `${which}-gcp`]);
    expect(shell(job).at(-1)).toBe('scripts/ci/apply.sh "$STACK"');
  }
});

it("looks for drift on a schedule", () => {
  const jobs = jobsOf(all["drift.yml"] ?? {});
  expect(jobs.map(stackOf)).toEqual(["dev-gcp", "staging-gcp", "prod-gcp"]);
  for (const job of jobs) expect(shell(job).at(-1)).toBe('scripts/ci/drift.sh "$STACK"');
  expect(parse(readFileSync(join(pipelines, "drift.yml"), "utf8")).schedules).toHaveLength(1);
});

it("calls only scripts and environments of the project, ends, and puts no expression into a shell", () => {
  expect(existsSync(join(folder, ".github"))).toBe(false);
  const environments = readdirSync(join(folder, "config", "environments"));
  for (const job of NAMES.flatMap((name) => jobsOf(all[name] ?? {}))) {
    expect(job.timeoutInMinutes).toBeGreaterThan(0);
    const stack = stackOf(job);
    if (stack !== undefined) expect(environments).toContain(`${stack}.yaml`);
    for (const step of stepsOf(job)) {
      // Azure puts the value of $(name) into the text of a script; with a space in it, it is a command of the shell's own.
      expect(step.bash ?? "").not.toMatch(/\$\([\w.]+\)|\$\[|\$\{\{/);
      for (const [script] of (step.bash ?? "").matchAll(/scripts\/ci\/\w+\.sh/g))
        expect(existsSync(join(folder, script))).toBe(true);
      // Where the token of the run is, the script is one that talks to somebody.
      if (step.env?.["SYSTEM_ACCESSTOKEN"] !== undefined)
        expect(step.bash).toMatch(/^scripts\/ci\/(plan|apply|drift|comment)\.sh /);
    }
  }
});

describe("on Azure Pipelines the scripts", () => {
  const project = new Project();
  afterAll(() => project.remove());

  it("set an output where others read it", () => {
    project.write("cdktf.out/stacks/dev-aws/cdk.tf.json", "{}").planned("harmless");
    const { status, stdout } = project.run("plan.sh", ["dev-aws"], { TF_BUILD: "True" });
    expect([status, stdout]).toEqual([0, "##vso[task.setvariable variable=changes;isOutput=true]true\n"]);
    expect(project.run("plan.sh", ["dev-aws"]).stdout).toBe("");
  });

  it("post one comment on the pull request, and then edit it", async () => {
    const calls: string[] = [];
    const threads: { id: number; isDeleted?: boolean; comments: { id: number; content: string }[] }[] = [
      { id: 3, comments: [{ id: 1, content: "Looks good" }] },
      { id: 4, isDeleted: true, comments: [{ id: 1, content: "<!-- medallion: plans --> gone" }] },
    ];
    const server = createServer(async (request, response) => {
      calls.push(`${request.method} ${request.url}`);
      if (request.headers.authorization !== "Bearer token") return response.writeHead(403).end();
      if (request.method === "POST") threads.push({ id: 5, comments: [{ id: 1, ...firstOf(await json(request)) }] });
      if (request.method === "PATCH") Object.assign(threads.at(-1)?.comments[0] ?? {}, await json(request));
      response.setHeader("Content-Type", "application/json");
      return response.end(JSON.stringify({ value: threads }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const env = {
      TF_BUILD: "True",
      SYSTEM_COLLECTIONURI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/org/`,
      SYSTEM_TEAMPROJECTID: "project",
      BUILD_REPOSITORY_ID: "repository",
      SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
    };
    const post = async (more: Record<string, string>) => {
      const child = spawn("bash", [join(project.folder, "scripts", "ci", "comment.sh"), "--post"], {
        env: { PATH: process.env["PATH"], ...env, ...more },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "close")]);
      return { status, stderr };
    };
    try {
      project.write("plans/dev-aws/gate.txt", "plan gate: passed. 1 to create.\n");
      expect(await post({ SYSTEM_ACCESSTOKEN: "token" })).toEqual({ status: 0, stderr: "" });
      expect(threads.at(-1)?.comments[0]?.content).toContain("### dev-aws: passed. 1 to create.");
      project.write("plans/dev-aws/gate.txt", "plan gate: REJECTED.\n");
      expect(await post({ SYSTEM_ACCESSTOKEN: "token" })).toEqual({ status: 0, stderr: "" });
      expect(threads.map(({ comments }) => comments.length)).toEqual([1, 1, 1]);
      expect(threads.at(-1)?.comments[0]?.content).toContain("### dev-aws: REJECTED.");
      const path = "/org/project/_apis/git/repositories/repository/pullRequests/7/threads";
      expect(calls).toEqual([
        `GET ${path}?api-version=7.1`,
        `POST ${path}?api-version=7.1`,
        `GET ${path}?api-version=7.1`,
        `PATCH ${path}/5/comments/1?api-version=7.1`,
      ]);
      expect((await post({ SYSTEM_ACCESSTOKEN: "other" })).stderr).toMatch(/403 .*Contribute to pull requests/);
      expect(await post({})).toEqual({ status: 1, stderr: expect.stringContaining("SYSTEM_ACCESSTOKEN is not set") });
    } finally {
      server.close();
    }
  });
});

/** The comment of a new thread, as it is sent. */
function firstOf(body: unknown): { content: string } {
  const { comments } = body as { comments: [{ content: string }] };
  return { content: comments[0].content };
}
