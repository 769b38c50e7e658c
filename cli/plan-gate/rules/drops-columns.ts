import type { Finding, GateRule } from "../finding";
import { holdingOf, holdsData } from "../holdings";
import { type Attributes, attributes, blocks, has, nameOf, type ResourceChange } from "../plan";

/** Declared columns of a table that would go, or change their type, while the table stays. */
export const dropsColumns: GateRule = (change) => {
  if (change.mode !== "managed" || !has(change, "update")) return [];
  const before = attributes(change.change.before);
  const held = columnsOf(before);
  if (held.size === 0 || !holdsData(change.type) || holdingOf(change.type, before) === undefined) return [];
  if (attributes(change.change.after_unknown)["column"] === true)
    return [
      finding(change, "may lose columns: they are known only after apply", "Declare the columns by plain values."),
    ];
  const wanted = columnsOf(attributes(change.change.after));
  // No declared columns at all means that Terraform leaves them alone.
  if (wanted.size === 0) return [];
  const gone = [...held.keys()].filter((name) => !wanted.has(name));
  const retyped = [...held].filter(([name, type]) => wanted.has(name) && !sameType(type, wanted.get(name)));
  return [
    ...(gone.length === 0
      ? []
      : [
          finding(
            change,
            `will lose the ${gone.length === 1 ? "column" : "columns"} ${gone.join(", ")} (a renamed column is lost too, for who reads it by name)`,
            "Declare the columns again. A table that a run adds columns to must not declare any: leave it to the job.",
          ),
        ]),
    ...(retyped.length === 0
      ? []
      : [
          finding(
            change,
            `will change the type of ${retyped.map(([name, type]) => `${name} (${type} to ${wanted.get(name)})`).join(", ")}`,
            "Add a column of the new type instead, and fill it.",
          ),
        ]),
  ];
};

function finding(change: ResourceChange, action: string, remedy: string): Finding {
  const why = "A dropped column takes its values with it, in every row.";
  return { name: nameOf(change), rule: "drops-columns", type: change.type, action, why, remedy };
}

/** Lower-cased names, as the platform compares them, and types. */
function columnsOf(table: Attributes): Map<string, string | undefined> {
  return new Map(
    blocks(table["column"]).map(({ name, type }) => [
      String(name).toLowerCase(),
      typeof type === "string" ? type : undefined,
    ]),
  );
}

/** Spellings of one type that the provider knows to be the same. */
const SAME: Readonly<Record<string, string>> = { integer: "int", long: "bigint", short: "smallint", byte: "tinyint" };

function sameType(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return true;
  const [a, b] = [left, right].map((type) => {
    const plain = type.toLowerCase().replace(/\s+/g, "");
    return SAME[plain] ?? plain;
  });
  return a === b;
}
