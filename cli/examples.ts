import type { Command } from "commander";

/** Examples at the end of each command's help. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  run: [
    "medallion run",
    "medallion run --data ../my-events --out .my-run --reset",
    "medallion run --loop --interval 5",
  ],
  query: [
    'medallion query "SELECT * FROM gold.daily_kpis ORDER BY day"',
    'medallion query "SELECT count(*) FROM silver.orders VERSION AS OF 3"',
    "medallion query -f question.sql --format parquet --output answer.parquet",
  ],
  tables: ["medallion tables", "medallion tables --format json"],
  describe: ["medallion describe silver.orders"],
  history: ["medallion history silver.orders"],
  lineage: [
    "medallion lineage",
    "medallion lineage gold.daily_kpis.revenue",
    "medallion lineage gold.daily_kpis --format json",
  ],
  open: ["medallion open --out .my-run"],
  check: ["medallion check --topic orders --data ../my-events"],
  explain: ["medallion explain", "medallion explain weekly_kpis --json"],
  replay: ["medallion replay --topic orders", "medallion replay --topic orders --codes missing_key"],
  "accept-batch": ["medallion accept-batch --topic orders"],
  "quarantine-batch": ["medallion quarantine-batch --topic orders"],
  forget: ["medallion forget --topic customers --keys keys.txt"],
  "full-refresh": ["medallion full-refresh"],
  doctor: ["medallion doctor", "medallion doctor --repair"],
  synth: ["medallion synth", "MEDALLION_STACKS=dev-aws medallion synth --output build/stacks"],
  "plan-gate": ["terraform show -json plan | medallion plan-gate -"],
  init: ["medallion init ../my-project", "medallion init ../my-project --cloud azure --ci azure"],
  "new-topic": ["medallion new-topic returns --from returns.jsonl"],
  "new-model": ["medallion new-model refunds --topic returns --from returns.jsonl"],
  workspace: [
    "medallion workspace",
    "medallion workspace --catalog medallion_dev --faults faults.json",
    "medallion workspace stop",
  ],
  "run-job": ["medallion run-job retail-dev-aws", "medallion run-job retail-dev-aws --param action=doctor"],
  certify: ["medallion certify --local", "medallion certify --stack dev-aws --keep", "medallion certify --clean"],
  setup: ["medallion setup", "medallion setup --kafka"],
  completion: ["source <(npx --no-install medallion completion bash)"],
};

/** Adds the examples to the help of every command. */
export function addExamples(program: Command): void {
  for (const command of program.commands) {
    const examples = EXAMPLES[command.name()] ?? [];
    const title = examples.length === 1 ? "Example:" : "Examples:";
    if (examples.length > 0)
      command.addHelpText("after", ["", title, ...examples.map((line) => `  ${line}`)].join("\n"));
  }
}
