import { PARAMETER_MEANINGS, type ParameterName, VOCABULARY } from "../../spec";
import { page, table } from "./markdown";

/** The reference of actions, reasons and events, as one page of Markdown. */
export function vocabularyPage(): string {
  const { actions, parameters, timeLetters, faults, ruleFaults, waysOut, events, auditColumns } = VOCABULARY;
  const named = (list: Readonly<Record<string, string>>): string[][] =>
    Object.entries(list).map(([name, text]) => [`\`${name}\``, text]);
  return page(
    "# Vocabulary",
    "Generated from `spec/vocabulary.ts` by `npm run generate`; the Python library reads the same lists.",
    "## Actions of the job",
    table(["action", "what it does"], named(actions)),
    "## Job parameters",
    table(
      ["parameter", "default", "meaning"],
      Object.entries(parameters).map(([name, value]) => [
        `\`${name}\``,
        value === "" ? "" : `\`${value}\``,
        PARAMETER_MEANINGS[name as ParameterName],
      ]),
    ),
    "## Letters of formats of times",
    "For hints such as `timestamp(dd/MM/yyyy HH:mm)`. Text stands in quotes, what may be missing in brackets.",
    table(
      ["letters", "read"],
      named(Object.fromEntries(Object.entries(timeLetters).map(([run, { reads }]) => [run, reads]))),
    ),
    "## Reasons in quarantine, and faults of fields",
    table(
      ["code", "meaning", "what helps, before `replay`"],
      Object.entries({ ...faults, ...ruleFaults }).map(([code, meaning]) => [
        `\`${code}\``,
        meaning,
        waysOut[code as keyof typeof waysOut],
      ]),
    ),
    "## Events of the run log",
    table(
      ["event", "stage", "level", "meaning"],
      Object.entries(events).map(([name, { stages, level, meaning }]) => [
        `\`${name}\``,
        stages.join(", "),
        level,
        meaning,
      ]),
    ),
    "## Audit columns of silver",
    table(
      ["column", "type"],
      Object.entries(auditColumns).map(([name, type]) => [`\`${name}\``, type]),
    ),
  );
}
