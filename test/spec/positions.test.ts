import { describe, expect, it } from "vitest";
import { loadProject } from "../../spec";
import { YamlFile } from "../../spec/reading/yaml-file";
import { ROOT } from "./project";

const TEXT = `deleteWhen: op = 'D'
rules:
  - { expect: "x > 1", name: a }
  - { expect: 'a = ''x''', name: b }
  - expect: |
      a > 1
        AND b > 2
  - expect: >
      a > 1
      AND b > 2
  - expect: a > 1
      AND c > 2
  - expect: "a = \\"x\\""
  - expect: 7
`;

describe("where expressions stand in a topic's file", () => {
  it.each<[string, (string | number)[], object | undefined]>([
    ["plain", ["deleteWhen"], { line: 1, column: 13 }],
    ["in quotes, the text behind them", ["rules", 0, "expect"], { line: 3, column: 16 }],
    ["with an escape, no column", ["rules", 1, "expect"], { line: 4 }],
    ["a block, from its first row", ["rules", 2, "expect"], { line: 6, column: 7 }],
    ["folded, no column", ["rules", 3, "expect"], { line: 9 }],
    ["plain over two lines, no column", ["rules", 4, "expect"], { line: 11 }],
    ["another escape", ["rules", 5, "expect"], { line: 13 }],
    ["no text", ["rules", 6, "expect"], undefined],
    ["nothing there", ["rules", 9, "expect"], undefined],
  ])("%s", (_, path, position) => {
    expect(YamlFile.parse("a.yaml", TEXT).positionOf(path)).toEqual(position);
  });

  it("is in the document for every rule", () => {
    for (const topic of loadProject(ROOT).document.topics) {
      for (const [index] of topic.quality.entries())
        expect(topic.positions?.[`quality[${index}].expect`]?.line).toBeGreaterThan(1);
    }
  });
});
