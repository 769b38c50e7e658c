import type { Fault } from "../faults";
import { inDependencyOrder } from "../project";
import type { GoldFile } from "../reading/gold-model";
import { didYouMean, show } from "../words";
import { nameFault } from "./names";

/** What one file cannot say about gold models: names, and what reads what. */
export function checkGold(files: readonly GoldFile[], topics: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  // Files with faults of their own still count by name, so that one mistake is one fault.
  const known = [...topics, ...files.map((file) => file.stem)];
  const inCycle = cyclic(files);
  for (const { file, stem, model, lines } of files) {
    const fault = (key: string, message: string) =>
      faults.push({ file, line: lines.get(key) ?? 1, column: 1, message: `${key.replace(/\..*/, "")}: ${message}` });
    const reserved = nameFault(stem);
    if (reserved !== undefined) fault("model", `a model may not be named ${show(stem)}: ${reserved}`);
    if (topics.includes(stem)) fault("model", `${show(stem)} is also a topic; a model needs a name of its own`);
    for (const { input } of model?.needs ?? []) {
      if (input === stem) fault(`needs.${input}`, "a model cannot read itself");
      else if (!known.includes(input)) {
        fault(
          `needs.${input}`,
          `unknown topic or model ${show(input)}${didYouMean(input, known)} allowed: ${[...known].sort().join(", ")}`,
        );
      }
    }
    if (inCycle.has(stem)) {
      fault("needs", `these models read each other in a circle: ${[...inCycle].sort().join(", ")}; break it`);
    }
  }
  return faults;
}

/** Models that cannot be ordered and lie on a circle themselves (not merely after one). */
function cyclic(files: readonly GoldFile[]): Set<string> {
  const models = files.flatMap(({ model }) => (model === undefined ? [] : [model]));
  const ordered = new Set(inDependencyOrder(models).map((model) => model.name));
  const reads = new Map(
    models.map((model) => [model.name, model.needs.map(({ input }) => input).filter((input) => input !== model.name)]),
  );
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (reads.get(from) ?? []).some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
  return new Set([...reads.keys()].filter((name) => !ordered.has(name) && reaches(name, name)));
}
