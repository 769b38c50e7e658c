/** Value of a placeholder in a notebook. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON value as a Python literal that cannot be anything but this literal, whatever it contains. */
export function pythonLiteral(value: Json, indent = ""): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "string") return pythonString(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item: Json) => pythonLiteral(item, inner))
    : Object.entries(value).map(([key, item]) => `${pythonString(key)}: ${pythonLiteral(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return items.length === 0
    ? `${open}${close}`
    : `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}`;
}

function pythonNumber(value: number): string {
  if (!Number.isFinite(value))
    throw new Error(`a notebook placeholder cannot become the number ${value}: JSON has none such`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new Error(
      `a notebook placeholder cannot become the number ${value}: it is too large to be exact; pass it as a string`,
    );
  }
  return Object.is(value, -0) ? "-0.0" : String(value);
}

/** Printable ASCII stays; all else (quotes, line ends, controls, other scripts) is escaped, so the literal is one line of ASCII. */
function pythonString(value: string): string {
  const escaped = Array.from(value, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (sign === "\\" || sign === '"') return `\\${sign}`;
    if (sign === "\n") return "\\n";
    if (code >= 0x20 && code < 0x7f) return sign;
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
    return `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return `"${escaped.join("")}"`;
}
