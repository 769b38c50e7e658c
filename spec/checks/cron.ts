/** Quartz cron, as Databricks schedules take it. */

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const FIELDS: readonly Field[] = [
  { name: "seconds", min: 0, max: 59 },
  { name: "minutes", min: 0, max: 59 },
  { name: "hours", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, words: MONTHS },
  { name: "day of week", min: 1, max: 7, words: DAYS },
  { name: "year", min: 1970, max: 2199 },
];

/** Returns the fault of a cron expression; undefined if there is none. */
export function cronFault(cron: string): string | undefined {
  const given = cron.trim().split(/\s+/);
  if (given.length < 6 || given.length > 7) {
    return `it has ${given.length} fields; allowed: seconds minutes hours day-of-month month day-of-week [year]`;
  }
  for (const [index, field] of FIELDS.entries()) {
    const part = given[index];
    if (part !== undefined && !part.split(",").every((item) => isItem(item, field))) {
      return `${field.name} is "${part}"; allowed: ${field.min}-${field.max}${field.words ? ` or ${field.words[0]}-${field.words.at(-1)}` : ""}, *, ranges, lists, steps`;
    }
  }
  if ((given[3] === "?") === (given[5] === "?")) return "exactly one of day of month and day of week is ?";
  return undefined;
}

function isItem(item: string, field: Field): boolean {
  const isDay = field.name.startsWith("day");
  const upper = item.toUpperCase();
  if (isDay && (upper === "?" || upper === "L")) return true;
  if (field.name === "day of month" && /^(LW|L-\d{1,2}|\d{1,2}W)$/.test(upper)) return true;
  if (field.name === "day of week" && /^([1-7]|[A-Z]{3})(L|#[1-5])$/.test(upper))
    return isValue(upper.replace(/(L|#\d)$/, ""), field);
  const [range = "", step, more] = upper.split("/");
  if (more !== undefined || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
  if (range === "*") return true;
  const [from = "", to, rest] = range.split("-");
  return rest === undefined && isValue(from, field) && (to === undefined || isValue(to, field));
}

function isValue(text: string, { min, max, words }: Field): boolean {
  if (words?.includes(text)) return true;
  return /^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max;
}
