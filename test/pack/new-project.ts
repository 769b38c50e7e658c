import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, tail } from "../terraform/command";

/** Rides of a bicycle hire: another domain than that of the template and of the example. */
const EVENTS = [
  {
    ride_id: "R1",
    station: "North",
    started_at: "2024-06-01T08:00:00Z",
    km: 2.5,
    fare: 3.2,
    updated_at: "2024-06-01T09:00:00Z",
  },
  {
    ride_id: "R2",
    station: "South",
    started_at: "2024-06-01T08:30:00Z",
    km: 4.25,
    fare: 5,
    updated_at: "2024-06-01T09:10:00Z",
  },
  {
    ride_id: "R3",
    station: "North",
    started_at: "2024-06-02T10:00:00Z",
    km: 1,
    fare: 1.5,
    updated_at: "2024-06-02T10:40:00Z",
  },
  {
    ride_id: "R1",
    station: "North",
    started_at: "2024-06-01T08:00:00Z",
    km: 2.75,
    fare: 3.4,
    updated_at: "2024-06-01T09:30:00Z",
  },
];
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
  writeFileSync(join(scratch, "rides.jsonl"), EVENTS.map((event) => JSON.stringify(event)).join("\n"));
  const project = join(scratch, "city bikes");
  const faults: string[] = [];
  const env = { MEDALLION_TOOLS: tools, npm_config_prefer_offline: "true", CI: "1" };
  const shell = (command: string, cwd = project, more: Record<string, string> = {}, status = 0): string => {
    const outcome = run("bash", ["-c", command], { cwd, env: { ...env, ...more } });
    if (outcome.status !== status)
      faults.push(`${command}: status ${outcome.status}, not ${status}\n${tail(outcome.stderr || outcome.stdout)}`);
    return outcome.stdout + (status === 0 ? "" : outcome.stderr);
  };

  // What init prints, in one shell: it begins with a cd. Its last command prints the next ones.
  const told = printed(shell(`node '${bin}' init 'city bikes' --ci`, scratch));
  const next = printed(shell(told.join("\n"), scratch));
  if (told.length < 4 || next.length < 3) return [...faults, `printed: ${[...told, ...next].join("; ")}`];
  for (const command of next) shell(command);
  const again = shell("npm start -- --json");
  const result = faults.length > 0 ? {} : JSON.parse(again.trim().split("\n").at(-1) ?? "");
  const gold = result.gold?.rides_per_station?.rows;
  if (gold !== 2) faults.push(`gold.rides_per_station has ${gold} rows, not 2`);

  shell("npm run setup");
  shell("npm run check");
  for (const command of ["check --topic rides --data sample", "replay --topic rides", "full-refresh", "doctor"])
    shell(`npx --no-install medallion ${command}`);
  shell("npx --no-install medallion check --topic rides --data ../../sample", join(project, "config", "topics"));
  shell("scripts/ci/synth.sh dev-aws");
  shell("scripts/ci/synth.sh");
  faults.push(...isolation(project, shell));
  const manifest = readFileSync(join(project, "package.json"), "utf8");
  if (manifest.includes("..") || manifest.includes(scratch)) faults.push(`package.json points outside:\n${manifest}`);
  return faults;
}

/** A developer's copy is another one; a stack that is not there is no success. */
function isolation(
  project: string,
  shell: (command: string, cwd: string, env: Record<string, string>, status?: number) => string,
): string[] {
  const stack = (name: string) => readFileSync(join(project, "cdktf.out", "stacks", name, "cdk.tf.json"), "utf8");
  const shared = stack("dev-aws");
  shell("npm run synth", project, { MEDALLION_DEVELOPER: "jane", MEDALLION_STACKS: "dev-aws" });
  const own = stack("dev-aws");
  const said = shell("npm run synth", project, { MEDALLION_STACKS: "typo" }, 1);
  return [
    ...(own.includes('"jane_bronze"') && own.includes("/jane.tfstate") ? [] : ["MEDALLION_DEVELOPER does not isolate"]),
    ...(shared.includes("jane") ? ["the shared copy has a developer's names"] : []),
    ...(said.includes("MEDALLION_STACKS names typo") ? [] : [`an unknown stack: ${tail(said)}`]),
    ...(existsSync(join(project, "cdktf.out", "stacks", "typo")) ? ["an unknown stack was made"] : []),
  ];
}

/** The commands below "Next:", with the words that a user puts in. */
function printed(text: string): string[] {
  return text
    .slice(text.lastIndexOf("Next:\n"))
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => Object.entries(WORDS).reduce((command, [word, meant]) => command.replace(word, meant), line.trim()));
}
