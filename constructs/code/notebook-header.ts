import type { GoldModel, PipelineDocument, Topic } from "../../spec";
import { UserError } from "../internal/check";

/** The cell that opens every deployed notebook: what this pipeline is, its topics and its models. */
export function headerCell(document: PipelineDocument, libraryHash: string): string {
  const lines = [
    `## ${plain(document.name)}`,
    "",
    ...(document.description.trim() === "" ? [] : [plain(document.description), ""]),
    `Generated from config; library \`${libraryHash}\`. Change the config, not this notebook.`,
    "",
    ...table(["topic", "mode", "keys", "contract"], document.topics.map(topicRow)),
    "",
    ...table(["gold model", "grain", "needs"], document.gold.map(modelRow)),
  ];
  return ["%md", ...lines].map((line) => `# MAGIC ${line}`.trimEnd()).join("\n");
}

/** The cell that installs the library, where the compute does not bring it. */
export function pipCell(wheelPath: string): string {
  if (!/^[\w@.+/-]+$/.test(wheelPath)) {
    throw new UserError(
      `the path of the wheel "${wheelPath}" must hold only letters, digits and @ . + - _ / to be installed from a notebook`,
    );
  }
  return `# MAGIC %pip install ${wheelPath}`;
}

function topicRow({ name, silver, schema }: Topic): string[] {
  const contract = `new field: ${schema.onNewField}, conflict: ${schema.onTypeConflict}, compatibility: ${schema.compatibility}`;
  return [name, silver.mode, silver.keys.join(", "), contract];
}

function modelRow({ name, grain, needs }: GoldModel): string[] {
  return [name, grain.join(", "), needs.map(({ input }) => input).join(", ")];
}

function table(head: string[], rows: string[][]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(plain).join(" | ")} |`);
}

/** Text that stays on its line and means nothing in Markdown or HTML. A line end would leave the comment and run as code. */
function plain(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_[\]|$]/g, (sign) => `\\${sign}`)
    .trim();
}
