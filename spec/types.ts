/** The SQL types that hints and gold models may name. */
const PLAIN = ["string", "boolean", "int", "bigint", "double", "date", "timestamp"];

/** What a type may be, in words. */
export const TYPE_RULE = `${PLAIN.join(", ")}, decimal(p,s) with 1 <= p <= 38 and 0 <= s <= p`;

/** The type in its one spelling (`decimal(18,2)`), or undefined when it is none. */
export function normalizeType(type: string): string | undefined {
  const lower = type.trim().toLowerCase();
  if (PLAIN.includes(lower)) return lower;
  const decimal = /^decimal\s*\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(lower);
  if (decimal === null) return undefined;
  const [precision, scale] = [Number(decimal[1]), Number(decimal[2])];
  return precision >= 1 && precision <= 38 && scale <= precision ? `decimal(${precision},${scale})` : undefined;
}

/** Words near which a wrong type may be. */
export const TYPE_WORDS: readonly string[] = [...PLAIN, "decimal(18,2)"];
