import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Project } from "./project";

const SCRIPTS = join(__dirname, "..", "..", "scripts", "ci");

let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(() => project.remove());

const synthesized = () => project.write("cdktf.out/stacks/dev-aws/cdk.tf.json", "{}");

describe("the scripts", () => {
  it.each(readdirSync(SCRIPTS).filter((name) => name.endsWith(".sh")))("%s is sound Bash", (name) => {
    expect(spawnSync("bash", ["-n", join(SCRIPTS, name)], { encoding: "utf8" }).stderr).toBe("");
  });

  it.skipIf(spawnSync("shellcheck", ["--version"]).error !== undefined)(
    "pass shellcheck, where it is installed",
    () => {
      const scripts = readdirSync(SCRIPTS).filter((name) => name.endsWith(".sh"));
      expect(spawnSync("shellcheck", ["-x", ...scripts], { cwd: SCRIPTS, encoding: "utf8" }).stdout).toBe("");
    },
  );

  it.each(["plan.sh", "gate.sh", "apply.sh", "drift.sh"])("%s wants one environment, and no path", (script) => {
    for (const args of [[], ["a", "b"], ["../elsewhere"], ["-x"], [""]]) {
      const { status, stderr } = project.run(script, args);
      expect([status, stderr]).toEqual([64, expect.stringContaining("wanted is one environment")]);
    }
  });

  it.each([
    ["plan.sh", "run scripts/ci/synth.sh dev-aws first"],
    ["drift.sh", "run scripts/ci/synth.sh dev-aws first"],
    ["gate.sh", "run scripts/ci/plan.sh dev-aws first"],
    ["apply.sh", "run scripts/ci/plan.sh dev-aws first"],
  ])("%s says what comes before it", (script, message) => {
    const { status, stderr } = project.run(script, ["dev-aws"]);
    expect([status, stderr]).toEqual([65, expect.stringContaining(message)]);
  });
});

describe("synth.sh", () => {
  it("synthesizes all stacks, or those that are named", () => {
    expect(project.run("synth.sh").status).toBe(0);
    expect(project.run("synth.sh", ["dev-aws", "prod-aws"]).status).toBe(0);
    expect(project.calls).toEqual(["all", "dev-aws,prod-aws"].map((stacks) => `npm run synth: ${stacks}`));
    expect(project.read("cdktf.out/stacks/prod-aws/cdk.tf.json")).toBeDefined();
  });

  it("fails by another status than the answers of the gate and of drift", () => {
    expect(project.run("synth.sh", ["dev-aws"], { FAKE_SYNTH_STATUS: "2" }).status).toBe(1);
  });
});

describe("plan.sh", () => {
  it("leaves a saved plan, the plan as JSON and as text, and the stack", () => {
    const { status, stderr } = synthesized()
      .planned("harmless")
      .run("plan.sh", ["dev-aws"], {
        GITHUB_OUTPUT: join(project.folder, "output"),
      });
    expect([status, stderr]).toEqual([0, expect.stringContaining("dev-aws: there are changes")]);
    for (const file of ["plan.tfplan", "plan.json", "plan.txt", "stack.tgz"])
      expect(project.read(`plans/dev-aws/${file}`), file).toBeDefined();
    expect(project.read("output")).toBe("changes=true\n");
    expect(project.calls[0]).toBe("-chdir=cdktf.out/stacks/dev-aws init -input=false -no-color");
    expect(project.calls[1]).toContain(
      "plan -input=false -no-color -detailed-exitcode -out=/plans/dev-aws/plan.tfplan -lock-timeout=5m",
    );
  });

  it("says that there is nothing to do", () => {
    const { status, stderr } = synthesized()
      .planned("no-change")
      .run("plan.sh", ["dev-aws"], { FAKE_PLAN_STATUS: "0" });
    expect([status, stderr]).toEqual([0, expect.stringContaining("dev-aws: no changes")]);
  });

  it("fails as Terraform fails, and leaves no plan of an earlier run", () => {
    synthesized().planned("harmless").run("plan.sh", ["dev-aws"]);
    const { status } = project.run("plan.sh", ["dev-aws"], { FAKE_PLAN_STATUS: "1" });
    expect(status).toBe(1);
    expect(project.read("plans/dev-aws/plan.json")).toBeUndefined();
  });

  it("takes only the providers that a committed lock file knows", () => {
    synthesized().planned("harmless").write(".terraform.lock.hcl", "# locked").run("plan.sh", ["dev-aws"]);
    expect(project.calls[0]).toContain("init -input=false -no-color -lockfile=readonly");
    expect(project.read("cdktf.out/stacks/dev-aws/.terraform.lock.hcl")).toBe("# locked");
  });
});

it("the program of TERRAFORM_BINARY_NAME is called in the place of Terraform", () => {
  const env = { TERRAFORM_BINARY_NAME: "tofu" };
  for (const script of ["plan.sh", "apply.sh", "drift.sh"])
    synthesized().planned("harmless").run(script, ["dev-aws"], env);
  expect(project.calls.length).toBeGreaterThan(8);
  for (const call of project.calls) expect(call).toMatch(/^tofu -chdir=cdktf\.out\/stacks\/dev-aws /);
});

describe("gate.sh", () => {
  const gate = (plan: string) => {
    synthesized().planned(plan).run("plan.sh", ["dev-aws"]);
    return project.run("gate.sh", ["dev-aws"]);
  };

  it("lets a harmless plan pass", () => {
    expect(gate("harmless")).toMatchObject({ status: 0, stdout: expect.stringContaining("plan gate: passed") });
  });

  it("rejects with the status of the gate, and keeps what it said", () => {
    expect(gate("destroy-volume").status).toBe(2);
    expect(project.read("plans/dev-aws/gate.txt")).toMatch(/^plan gate: REJECTED/);
  });

  it("reads the allowances of the environment, and of no other", () => {
    const text = "databricks_volume.Pipeline_Landing_F9282082 = files land in the shared volume now\n";
    expect(project.write("config/plan-allow/prod-aws.txt", text) && gate("destroy-volume").status).toBe(2);
    expect(project.write("config/plan-allow/dev-aws.txt", text) && gate("destroy-volume").status).toBe(0);
  });

  it("reads the types of the project", () => {
    const write = (line: string) => project.write("config/plan-allow/types.txt", `${line}\n`);
    expect(write("guarded databricks_cluster_policy = it costs money") && gate("harmless").status).toBe(2);
    expect(write("harmless databricks_volume = a trial") && gate("destroy-volume").status).toBe(0);
  });
});

describe("apply.sh", () => {
  it("applies the saved plan in the stack as it was planned, on another machine too", () => {
    synthesized().planned("harmless").run("plan.sh", ["dev-aws"]);
    project.write("cdktf.out/stacks/dev-aws/cdk.tf.json", '{"changed":"since"}');
    expect(project.run("apply.sh", ["dev-aws"]).status).toBe(0);
    expect(project.read("cdktf.out/stacks/dev-aws/cdk.tf.json")).toBe("{}");
    expect(project.calls.at(-1)).toContain("apply -input=false -no-color -lock-timeout=10m /plans/dev-aws/plan.tfplan");
  });

  it("asks the gate about the saved plan itself, whatever lies beside it", () => {
    synthesized().planned("destroy-schema").run("plan.sh", ["dev-aws"]);
    project.write("plans/dev-aws/plan.json", '{"format_version":"1.2","planned_values":{}}');
    expect(project.run("gate.sh", ["dev-aws"]).status).toBe(0);
    expect(project.run("apply.sh", ["dev-aws"]).status).toBe(2);
    expect(project.calls.filter((call) => call.includes(" apply "))).toEqual([]);
  });

  it("says what a stale plan needs", () => {
    synthesized().planned("harmless").run("plan.sh", ["dev-aws"]);
    const { status, stderr } = project.run("apply.sh", ["dev-aws"], { FAKE_APPLY_STATUS: "1" });
    expect([status, stderr]).toEqual([1, expect.stringContaining("Plan again")]);
  });

  it("clears the mark of resources whose creation was not confirmed", () => {
    synthesized().planned("harmless").run("plan.sh", ["dev-aws"]);
    const resources = [{ address: "databricks_schema.a", tainted: true }, { address: "databricks_schema.b" }];
    const state = JSON.stringify({ values: { root_module: { resources } } });
    expect(project.run("apply.sh", ["dev-aws"], { FAKE_APPLY_STATUS: "1", FAKE_STATE: state }).status).toBe(1);
    expect(project.calls.filter((call) => call.includes("untaint"))).toEqual([
      expect.stringMatching(/ untaint -no-color -lock-timeout=10m databricks_schema\.a$/),
    ]);
  });
});

describe("drift.sh", () => {
  it("is silent where all is as declared, and takes no lock", () => {
    const { status, stdout } = synthesized()
      .planned("no-change")
      .run("drift.sh", ["dev-aws"], { FAKE_PLAN_STATUS: "0" });
    expect([status, stdout]).toEqual([0, ""]);
    expect(project.calls[1]).toMatch(/ -lock=false$/);
  });

  it("names what differs, with status 2", () => {
    const { status, stdout } = synthesized().planned("harmless").run("drift.sh", ["dev-aws"]);
    expect(status).toBe(2);
    expect(stdout).toMatch(/^dev-aws differs .*\n\n {4}databricks_schema\.x will be destroyed\n$/);
  });

  it("fails otherwise where the plan fails", () => {
    expect(synthesized().planned("harmless").run("drift.sh", ["dev-aws"], { FAKE_PLAN_STATUS: "1" }).status).toBe(1);
  });
});

/** Everything but a line feed that ends a line, writes to a terminal, or turns text around. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe("comment.sh", () => {
  const planned = (text?: string) => {
    for (const [stack, plan] of [
      ["dev-aws", "harmless"],
      ["prod-aws", "destroy-schema"],
    ] as const) {
      project.write(`cdktf.out/stacks/${stack}/cdk.tf.json`, "{}").planned(plan);
      project.run("plan.sh", [stack], text === undefined ? {} : { FAKE_TEXT: text });
      project.run("gate.sh", [stack]);
    }
  };

  it("tells of every environment what the gate said, and the plan as code", () => {
    planned("```\n<b>not code</b>");
    const { status, stdout } = project.run("comment.sh");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^<!-- medallion: plans -->\n## Plans\n\n### dev-aws: passed\. /);
    expect(stdout).toMatch(/### prod-aws: REJECTED/);
    expect(stdout).toContain("\n    <b>not code</b>\n");
  });

  // A carriage return, a form feed, ANSI, C1, bidi, the line ends of Unicode, marks without width.
  const controls =
    "\r \r\n \f \v \b \u0007 \x1b[31m \x7f \u0085 \u009b2J \u200b \u200f \u202e \u2066 \u2028 \u2029 \ufeff";
  const forged = [
    "hi\r\r</details>\r\r## plan gate: ALLOWED, nothing is lost\r\r![x](http://127.0.0.1/p)\r@everyone",
    "x\u2028\u2028## ls sep",
    `\f## page ${controls}`,
    "\u0085</details>",
    "```",
    "   ::notice::plan gate: passed",
    "::stop-commands::x",
    "a ##[error]b",
    "a ##vso[task.setvariable variable=PATH]b ##VSO[task.complete]",
  ].join("\n");
  const commands = /^\s*::|##(vso)?\[/im;

  it("holds no character that ends a line or writes to a terminal, and nothing outside of code but its own words", () => {
    planned(forged);
    expect(project.read("plans/dev-aws/plan.txt")).not.toMatch(CONTROLS);
    expect(project.read("plans/dev-aws/plan.txt")).not.toMatch(commands);
    // Another job may have written what is read here.
    for (const file of ["plan.txt", "gate.txt"])
      project.write(`plans/prod-aws/${file}`, `plan gate: passed. ![x](http://127.0.0.1/p)\n${forged}\n`);
    project.write("plans/x ## forged/plan.txt", "");
    const { status, stdout } = project.run("comment.sh");
    expect(status).toBe(0);
    expect(stdout).not.toMatch(CONTROLS);
    expect(stdout.split("\n").filter((line) => line !== "" && !line.startsWith("    "))).toEqual([
      "<!-- medallion: plans -->",
      "## Plans",
      expect.stringMatching(/^### dev-aws: passed\. [\w ,]+\.$/),
      "<details><summary>The plan</summary>",
      "</details>",
      "### prod-aws: no answer of the gate, see the log",
      "<details><summary>The plan</summary>",
      "</details>",
      "### a folder that is named like no environment: no answer of the gate, see the log",
      "<details><summary>The plan</summary>",
      "</details>",
    ]);
  });

  it("nor does what Terraform says while it plans", () => {
    project.write("cdktf.out/stacks/dev-aws/cdk.tf.json", "{}").planned("harmless");
    const { stdout, stderr } = project.run("drift.sh", ["dev-aws"], { FAKE_TEXT: forged, FAKE_SAYS: forged });
    expect(stderr).toContain("@everyone");
    expect(stdout + stderr).not.toMatch(CONTROLS);
    expect(stdout + stderr).not.toMatch(commands);
  });

  it("fits into a comment, however long the plans are", () => {
    planned("x".repeat(90_000).replace(/(.{90})/g, "$1\n"));
    const { status, stdout } = project.run("comment.sh");
    expect(status).toBe(0);
    expect(stdout.length).toBeLessThan(65_536);
    expect(stdout).toContain("### prod-aws");
  });

  it("says when nothing was planned", () => {
    expect(project.run("comment.sh")).toMatchObject({ status: 0, stdout: expect.stringContaining("No environment") });
  });

  it.each([
    ["", "gh api --method POST repos/o/r/issues/7/comments"],
    ["42\n43", "gh api --method PATCH repos/o/r/issues/comments/42 "],
  ])("posts once, and then edits its own (%j)", (existing, call) => {
    planned();
    const env = { GITHUB_REPOSITORY: "o/r", PULL_REQUEST: "7", FAKE_COMMENT: existing };
    expect(project.run("comment.sh", ["--post"], env)).toMatchObject({ status: 0, stderr: "" });
    expect(project.calls.at(-1)).toContain(call);
    expect(project.read("fake/posted")).toContain("### prod-aws: REJECTED");
  });

  it("does not post without knowing where", () => {
    expect(project.run("comment.sh", ["--post"]).status).not.toBe(0);
    expect(project.run("comment.sh", ["--past"]).status).toBe(64);
  });
});
