/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`)
    .join("\n");
}

/** A page of Markdown, of paragraphs and tables. */
export function page(...parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}
