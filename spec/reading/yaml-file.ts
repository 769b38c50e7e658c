import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { ConfigFaultCode } from "../fault-codes";
import type { Fault } from "../faults";

/** Keys and list indexes from the root of a document to a value. */
export type Path = readonly (string | number)[];

const YAML_FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key stands here twice; keep one",
  MULTIPLE_DOCS: "a second document starts here; one file holds one",
};

/** A parsed YAML file that still knows where everything stands. */
export class YamlFile {
  private constructor(
    /** File, relative to the project. */
    readonly file: string,
    /** Plain data; undefined when the file is not YAML. */
    readonly value: unknown,
    /** Syntax errors of the YAML. */
    readonly faults: readonly Fault[],
    private readonly text: string,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  /** Parses; never throws. */
  static parse(file: string, text: string): YamlFile {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      version: "1.2",
      logLevel: "error",
    });
    const faults: Fault[] = [...document.errors, ...document.warnings].map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      const message = YAML_FAULTS[error.code] ?? `not valid YAML: ${oneLine(error.message)}`;
      const code = error.code === "DUPLICATE_KEY" ? "duplicate" : "invalid_yaml";
      return { file, line: Math.max(line, 1), column: Math.max(col, 1), code, message };
    });
    let value: unknown;
    if (faults.length === 0) {
      try {
        value = document.toJS({ maxAliasCount: 100 });
      } catch (error) {
        faults.push({
          file,
          line: 1,
          column: 1,
          code: "invalid_yaml",
          message: `not valid YAML: ${oneLine((error as Error).message)}`,
        });
      }
    }
    return new YamlFile(file, value, faults, text, document, lines);
  }

  /** A fault at a value; at the nearest thing around it when it is not there. */
  faultAt(path: Path, message: string, code: ConfigFaultCode): Fault {
    return this.fault(this.find(path, false), message, code);
  }

  /** A fault at a key rather than its value: for keys that should not be there, or whose value lacks something. */
  faultAtKey(path: Path, message: string, code: ConfigFaultCode): Fault {
    return this.fault(this.find(path, true), message, code);
  }

  /**
   * Finds where the text of a scalar begins, without quotes or `|`. Without a column where it is written otherwise than it reads
   * (folded, or with escapes): then no column of the text is one of the file.
   */
  positionOf(path: Path): { line: number; column?: number } | undefined {
    const node = this.document.getIn(path, true);
    if (!isScalar(node) || typeof node.value !== "string" || node.range == null) return undefined;
    const source = this.text.slice(node.range[0], node.range[1]);
    const rows = node.value.trimEnd().split("\n");
    // A block begins below its mark, each row behind the same indent.
    const begin = /^[|>]/.test(source) ? source.indexOf("\n") + 1 : 0;
    const first = source.slice(begin).split("\n").slice(0, rows.length);
    const at = (first[0] ?? "").indexOf(rows[0] ?? "");
    const exact = at >= 0 && rows.every((row, index) => row === "" || first[index]?.indexOf(row) === at);
    const { line, col } = this.lines.linePos(node.range[0] + begin + (exact ? at : 0));
    return exact ? { line, column: col } : { line };
  }

  private fault(offset: number, message: string, code: ConfigFaultCode): Fault {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), code, message };
  }

  private find(path: Path, wantKey: boolean): number {
    let node: unknown = this.document.contents;
    let offset = start(node) ?? 0;
    for (const [depth, step] of path.entries()) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isPair(item) && keyOf(item.key) === String(step));
        if (pair === undefined) return offset;
        const last = depth === path.length - 1;
        const key = start(pair.key) ?? offset;
        // Where a path ends early, its last key is the position: the value below it is what lacks something.
        offset = last && !wantKey && !isEmpty(pair.value) ? (start(pair.value) ?? key) : key;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        offset = start(node) ?? offset;
      } else {
        return offset;
      }
    }
    return offset;
  }
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function start(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

function isEmpty(node: unknown): boolean {
  return !isNode(node) || (isScalar(node) && node.value === null);
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, " ").trim();
}
