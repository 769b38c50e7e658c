/**
 * Paths: names of fields inside of objects and arrays, as settings write them. One grammar for all settings, which
 * `pipelines/inference/paths.py` reads too.
 */

const NAME = String.raw`[^\s.$*\[\]'"]+`;
const BRACKETS = String.raw`\['[^']+'\]|\["[^"]+"\]`;
const STEP = String.raw`\.${NAME}|${BRACKETS}`;

/** Path of the records inside of a document. */
export const RECORDS_PATH = new RegExp(String.raw`^(\$|${NAME})(${STEP}|\[\*\])*\[\*\]$`);
/** Path of one value in a document. */
export const VALUE_PATH = new RegExp(String.raw`^(\$(${STEP})|${NAME})(${STEP})*$`);

/** Path of fields in a record, and of the elements of arrays. */
const FIELD_PATH = new RegExp(String.raw`^(?:\$(?=[.[])|${NAME}|${BRACKETS})(?:${STEP}|\[\*?\])*$`);
const STEPS = new RegExp(String.raw`\.?(${NAME})|\[\*?\]|\['([^']+)'\]|\["([^"]+)"\]`, "g");

/** Name of a field; null for every element of an array. */
export type Step = string | null;

/** The steps that a name in a setting means, folded; one step where it is no path. */
export function stepsOf(name: string): readonly Step[] {
  if (!FIELD_PATH.test(name)) return [name.toLowerCase()];
  const found = [...name.replace(/^\$/, "").matchAll(STEPS)];
  return found.map(([, plain, single, double]) => (plain ?? single ?? double)?.toLowerCase() ?? null);
}

/** The one spelling of a path. One step is the name of a field as it stands. */
export function pathName(steps: readonly Step[]): string {
  const [first] = steps;
  if (steps.length === 1 && typeof first === "string") return first;
  return steps.map(spelled).join("").replace(/^\./, "");
}

/** Tells whether a name has brackets and is no path all the same, such as `items[0].sku`. */
export function isBrokenPath(name: string): boolean {
  return /[[\]]/.test(name) && !FIELD_PATH.test(name);
}

function spelled(step: Step): string {
  if (step === null) return "[]";
  if (new RegExp(`^${NAME}$`).test(step)) return `.${step}`;
  return step.includes("'") ? `["${step}"]` : `['${step}']`;
}
