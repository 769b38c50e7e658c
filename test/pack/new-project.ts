import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { run, tail } from "../terraform/command";

const PACKAGE = resolve(__dirname, "..", "..");
/** The tutorial, whose commands and events these are. */
const TUTORIAL = readFileSync(join(PACKAGE, "docs", "start.md"), "utf8");
const WORDS: Readonly<Record<string, string>> = {
  "<name>": "rides",
  "<file of events>": "../rides.jsonl",
};

/**
 * From nothing to a gold table, by the commands that are printed and no others; then what the guides name. Every command
 * goes through a shell, as a user types it.
 *
 * @param scratch an empty folder, in which the project is made
 * @param bin the command of the installed package
 * @param tools where the set-up of this checkout is, which is the same
 * @returns what went wrong
 */
export function tryNewProject(scratch: string, bin: string, tools: string): string[] {
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, "rides.jsonl"), blocks("json").join("\n"));
  const project = join(scratch, "city bikes");
  const faults: string[] = [];
  const env = { MEDALLION_TOOLS: tools, npm_config_prefer_offline: "true", CI: "1" };
  const shell: Shell = (command, cwd = project, more = {}, status = 0) => {
    const outcome = run("bash", ["-c", command], { cwd, env: { ...env, ...more } });
    if (outcome.status !== status)
      faults.push(`${command}: status ${outcome.status}, not ${status}\n${tail(outcome.stderr || outcome.stdout)}`);
    return outcome.stdout + (status === 0 ? "" : outcome.stderr);
  };

  // What init prints, in one shell: it begins with a cd. Its last command prints the next ones.
  const began = performance.now();
  const told = printed(shell(`node '${bin}' init 'city bikes' --ci`, scratch));
  const next = printed(shell(told.join("\n"), scratch));
  if (told.length < 4 || next.length < 3) return [...faults, `printed: ${[...told, ...next].join("; ")}`];
  for (const command of next) shell(command);
  const commands = ["npx --no-install medallion init 'city bikes'", ...told, ...next];
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`      from an empty folder to a gold table: ${commands.length} commands, 2 files written, ${seconds} s`);
  const again = shell("npm start -- --json");
  const result = faults.length > 0 ? {} : JSON.parse(again.trim().split("\n").at(-1) ?? "");
  const gold = result.gold?.rides_per_station?.rows;
  if (gold !== 2) faults.push(`gold.rides_per_station has ${gold} rows, not 2`);

  const asked = shell("npx --no-install medallion query 'SELECT count(*) FROM gold.rides_per_station' --format csv");
  if (!asked.endsWith("\n2\n")) faults.push(`medallion query: ${asked}`);
  for (const command of ["tables", "describe silver.rides", "history silver.rides", "lineage", "completion bash"])
    shell(`npx --no-install medallion ${command}`);

  if (commands.join("\n") !== blocks("bash").join("\n"))
    faults.push(`docs/start.md has other commands than those that are printed:\n${commands.join("\n")}`);

  shell("npm run setup");
  shell("npm run check");
  for (const command of ["check --topic rides --data sample", "replay --topic rides", "full-refresh", "doctor"])
    shell(`npx --no-install medallion ${command}`);
  shell("npx --no-install medallion check --topic rides --data ../../sample", join(project, "config", "topics"));
  return [...faults, ...elsewhere(project, join(scratch, "clone"), shell)];
}

type Shell = (command: string, cwd?: string, env?: Record<string, string>, status?: number) => string;

/** In a clone of the project, as on a machine of CI: it has all that it needs, and names nothing of the machine where it was made. */
function elsewhere(project: string, clone: string, shell: Shell): string[] {
  const identity = "-c user.name=a -c user.email=a@example.com";
  shell(`git init -q && git add -A && git ${identity} commit -qm first && git clone -q . '${clone}'`);
  const named = shell(`git grep -lF -e '${dirname(project)}' -e '${PACKAGE}' || true`, clone).trim();
  const manifest = readFileSync(join(clone, "package.json"), "utf8");
  shell("npm ci --no-audit --no-fund --loglevel=error", clone);
  rmSync(join(project, "vendor"), { recursive: true });
  shell("scripts/ci/synth.sh dev-aws", clone);
  shell("scripts/ci/synth.sh", clone);
  return [
    ...isolation(clone, shell),
    ...(named === "" ? [] : [`paths of this machine in ${named}`]),
    ...(manifest.includes("..") ? [`package.json points outside:\n${manifest}`] : []),
  ];
}

/** A developer's copy is another one; a stack that is not there is no success. */
function isolation(project: string, shell: Shell): string[] {
  const stack = (name: string) => readFileSync(join(project, "cdktf.out", "stacks", name, "cdk.tf.json"), "utf8");
  const shared = stack("dev-aws");
  shell("npm run synth", project, { MEDALLION_DEVELOPER: "jane", MEDALLION_STACKS: "dev-aws" });
  const own = stack("dev-aws");
  const said = shell("npm run synth", project, { MEDALLION_STACKS: "typo" }, 2);
  return [
    ...(own.includes('"jane_bronze"') && own.includes("/jane.tfstate") ? [] : ["MEDALLION_DEVELOPER does not isolate"]),
    ...(shared.includes("jane") ? ["the shared copy has a developer's names"] : []),
    ...(said.includes("MEDALLION_STACKS names typo") ? [] : [`an unknown stack: ${tail(said)}`]),
    ...(existsSync(join(project, "cdktf.out", "stacks", "typo")) ? ["an unknown stack was made"] : []),
  ];
}

/** The lines of the tutorial's blocks in a language. */
function blocks(language: string): string[] {
  const found = TUTORIAL.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"));
  return [...found].flatMap(([, block = ""]) => block.trim().split("\n"));
}

/** The commands below "Next:", with the words that a user puts in. */
function printed(text: string): string[] {
  return text
    .slice(text.lastIndexOf("Next:\n"))
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => Object.entries(WORDS).reduce((command, [word, meant]) => command.replace(word, meant), line.trim()));
}
