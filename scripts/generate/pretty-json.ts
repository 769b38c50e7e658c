/** JSON as the project's formatter likes it: mappings over lines, a list of plain values on one line where it fits. */
export function prettyJson(value: unknown): string {
  return `${write(value, 0, 0)}\n`;
}

const WIDTH = 120;

function write(value: unknown, indent: number, used: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const outer = " ".repeat(indent);
  const inner = " ".repeat(indent + 2);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const line = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    const plain = value.every((item) => typeof item !== "object" || item === null);
    // One more for the comma that may follow.
    if (plain && used + line.length + 1 <= WIDTH) return line;
    return `[\n${value.map((item) => inner + write(item, indent + 2, indent + 2)).join(",\n")}\n${outer}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, item]) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    return head + write(item, indent + 2, head.length);
  });
  return `{\n${lines.join(",\n")}\n${outer}}`;
}
