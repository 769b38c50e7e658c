/** JSON as the project's formatter likes it: mappings over lines, a list of plain values on one line where it fits. */
export function prettyJson(value: unknown): string {
  return `${write(value, 0, 0)}\n`;
}

const WIDTH = 120;

/** @param used signs that its line has besides it, before and behind */
function write(value: unknown, indent: number, used: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const outer = " ".repeat(indent);
  const inner = " ".repeat(indent + 2);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const line = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    const plain = value.every((item) => typeof item !== "object" || item === null);
    if (plain && used + line.length <= WIDTH) return line;
    return `[\n${value.map((item) => inner + write(item, indent + 2, indent + 2)).join(",\n")}\n${outer}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, item], at) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    const comma = at < entries.length - 1 ? 1 : 0;
    return head + write(item, indent + 2, head.length + comma);
  });
  return `{\n${lines.join(",\n")}\n${outer}}`;
}
