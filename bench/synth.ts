/**
 * npm run bench:synth: what the constructs cost beside raw L1 constructs.
 *
 * Both sides declare the same resources and write the same files; the raw side has every text and every argument ready
 * and only hands them to cdktf. Each measurement is a process of its own; the two sides alternate, medians count.
 */
import { parseArgs } from "node:util";
import { type Measurement, prepare, type Side } from "./synth/measure";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    topics: { type: "string", default: "1000,4000" },
  },
});
const rounds = Number(values.rounds);
const say = (text: string) => (values.json ? console.error(text) : console.log(text));

interface Row {
  readonly topics: number;
  readonly seconds: number;
  readonly raw_seconds: number;
  readonly vs_raw: number;
  readonly rss_mib: number;
  /** Reading and checking the YAML and SQL files, which the raw side does not do. */
  readonly load_seconds: number;
  readonly resources: number;
  readonly largest_job_tasks: number;
}

const rows = values.topics.split(",").map(Number).map(measure);
const [thousand, four] = rows as [Row, Row];
const growth = round(four.seconds / thousand.seconds);
say(`4,000 topics take ${growth} times as long as 1,000`);
if (values.json) console.log(JSON.stringify({ ...thousand, rounds, growth_4000: growth, at_4000: four }));

function measure(topics: number): Row {
  const found: Record<Side, Measurement[]> = { constructs: [], raw: [] };
  const project = prepare(topics);
  let differences: string[];
  try {
    for (let turn = 0; turn < rounds; turn++) {
      for (const side of ["constructs", "raw"] as const) found[side].push(project.measure(side));
    }
    differences = project.differences();
  } finally {
    project.remove();
  }
  const ours = found.constructs[0];
  const raw = found.raw[0];
  if (ours === undefined || raw === undefined) throw new Error("--rounds: at least 1");
  if (differences.length > 0) {
    const shown = differences.slice(0, 20).join("\n");
    throw new Error(`the two sides declared different things for ${topics} topics:\n${shown}`);
  }
  const seconds = median(found.constructs.map((one) => one.seconds));
  const rawSeconds = median(found.raw.map((one) => one.seconds));
  const row: Row = {
    topics,
    seconds: round(seconds),
    raw_seconds: round(rawSeconds),
    vs_raw: round(seconds / rawSeconds),
    rss_mib: Math.round(Math.max(...found.constructs.map((one) => one.rssMib))),
    load_seconds: round(median(found.constructs.map((one) => one.loadSeconds))),
    resources: ours.resources,
    largest_job_tasks: ours.largestJobTasks,
  };
  say(
    `${topics} topics: ${row.seconds} s, raw ${row.raw_seconds} s (${row.vs_raw} x), ${row.rss_mib} MiB, ` +
      `reading the config ${row.load_seconds} s; ${row.resources} resources, at most ${row.largest_job_tasks} tasks in a job`,
  );
  return row;
}

function median(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1, middle + 1);
  return (low + high) / 2;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
