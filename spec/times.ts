/** Letters of the formats that hints name (`timestamp(dd/MM/yyyy HH:mm)`), as Spark has them: the part of a time, and its text. */
export const TIME_LETTERS = {
  yyyy: { part: "year", reads: "year of four digits" },
  yy: { part: "year", reads: "year of two digits, from 2000 to 2099" },
  MM: { part: "month", reads: "month of two digits" },
  M: { part: "month", reads: "month of one or two digits" },
  MMM: { part: "month", reads: "month in English: Jan" },
  dd: { part: "day", reads: "day of two digits" },
  d: { part: "day", reads: "day of one or two digits" },
  EEE: { part: "weekday", reads: "day of the week in English, which must be the right one: Mon" },
  HH: { part: "hour", reads: "hour of two digits, 00 to 23" },
  H: { part: "hour", reads: "hour of one or two digits, 0 to 23" },
  hh: { part: "hour", reads: "hour of two digits, 01 to 12" },
  h: { part: "hour", reads: "hour of one or two digits, 1 to 12" },
  a: { part: "half", reads: "AM or PM" },
  mm: { part: "minute", reads: "minute" },
  ss: { part: "second", reads: "second" },
  S: { part: "fraction", reads: "fraction of a second, one to nine digits" },
  SSS: { part: "fraction", reads: "milliseconds, three digits" },
  SSSSSS: { part: "fraction", reads: "microseconds, six digits" },
  SSSSSSSSS: { part: "fraction", reads: "nanoseconds, nine digits, of which six are kept" },
  X: { part: "offset", reads: "Z, +02 or +0230" },
  XX: { part: "offset", reads: "Z or +0200" },
  XXX: { part: "offset", reads: "Z or +02:00" },
  z: { part: "offset", reads: "Z, UT, UTC or GMT" },
  Z: { part: "offset", reads: "+0200, Z, UT, UTC or GMT" },
} as const satisfies Readonly<Record<string, { readonly part: string; readonly reads: string }>>;
type TimePart = (typeof TIME_LETTERS)[keyof typeof TIME_LETTERS]["part"];

/** Formats with a name, as `timestamp(rfc2822)`; the text of `dotnet` has no letters: `/Date(1712756700000)/`. */
export const TIME_FORMATS = {
  rfc2822: "[EEE, ]d MMM yyyy HH:mm[:ss] Z",
  dotnet: "",
} as const;

/** Parts that every format of a day has. */
const DAY: readonly TimePart[] = ["year", "month", "day"];

/** Tell whether a text is the name of a format. */
export function isNamedFormat(text: string): text is keyof typeof TIME_FORMATS {
  return Object.hasOwn(TIME_FORMATS, text);
}

function unknownLetters(run: string): string {
  const meant = [run.toLowerCase(), run.toUpperCase()].find((other) => other in TIME_LETTERS);
  const hint = meant === undefined ? "" : ` (${meant} is)`;
  return `${run} is no letter of a format${hint}; allowed: ${Object.keys(TIME_LETTERS).join(", ")}; text stands in quotes, as in yyyy-MM-dd'T'HH:mm`;
}

/** The fault of a format for `timestamp(...)` or `date(...)` in words; undefined for one that can be read. */
export function formatFault(type: "timestamp" | "date", pattern: string): string | undefined {
  if (isNamedFormat(pattern)) return type === "timestamp" ? undefined : `a day has no time; use timestamp(${pattern})`;
  const tokens = pattern.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']/g) ?? [];
  if (tokens.join("") !== pattern) return "a quote is open; text stands in quotes, as in yyyy-MM-dd'T'HH:mm";
  const bare = tokens.map((token) => (token.startsWith("'") ? "'" : token)).join("");
  if (!/^[^[\]]*(?:\[[^[\]]*\][^[\]]*)*$/.test(bare))
    return "brackets enclose what may be left out, and are not nested";
  // Every second part stands in brackets, told apart by its index; 0 for all that is always there.
  const runs = bare
    .split(/[[\]]/)
    .flatMap((text, at) =>
      (text.match(/([A-Za-z])\1*/g) ?? []).map((run) => ({ run, bracket: at % 2 === 0 ? 0 : at })),
    );
  const unknown = runs.find(({ run }) => !(run in TIME_LETTERS))?.run;
  if (unknown !== undefined) return unknownLetters(unknown);
  const parts: TimePart[] = runs.map(({ run }) => TIME_LETTERS[run as keyof typeof TIME_LETTERS].part);
  // Else `mm/dd/yyyy HH:MM` would pass, and read minutes as months.
  if (parts.some((part, at) => part === "minute" && parts[at - 1] !== "hour"))
    return "mm is the minute, and follows the hour; the month is MM";
  if (runs.some(({ run }, at) => /^M{1,2}$/.test(run) && parts[at - 1] === "hour"))
    return "MM is the month; the minute, which follows the hour, is mm";
  const twice = parts.find((part, at) => parts.indexOf(part) !== at);
  if (twice !== undefined) return `it has the ${twice} twice`;
  const missing = DAY.find((part) => runs[parts.indexOf(part)]?.bracket !== 0);
  if (missing !== undefined) return `it has no ${missing} that is always there`;
  if (runs.find(({ run }) => run.startsWith("h"))?.bracket !== runs.find(({ run }) => run === "a")?.bracket)
    return "h and hh, hours of a half day, and a (am, pm) need each other: both always there, or both in one pair of brackets";
  const more = parts.find((part) => type === "date" && ![...DAY, "weekday"].includes(part));
  return more === undefined ? undefined : `a day has no ${more}; use timestamp(...)`;
}
