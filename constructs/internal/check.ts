import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import { counted } from "../../spec";

/** One thing that may be wrong with props, and how to say so: what, what was given, what is allowed. */
export type Rule<P> = readonly [isWrong: (props: P) => boolean, message: (props: P) => string];

/** Something that the user of the package can put right; its message says all that there is to say. */
export class UserError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** Everything that is wrong with one construct, in one error. */
export class ConstructError extends UserError {
  constructor(
    /** Path of the construct in the tree. */
    readonly path: string,
    readonly faults: readonly string[],
  ) {
    super([`${path}: ${counted(faults.length, "fault")}`, ...faults.map((fault) => `  - ${fault}`)].join("\n"));
  }
}

/** Throws once with every fault of the props. A rule that would look at a value which Terraform knows only later is not asked. */
export function check<P extends object>(scope: IConstruct, props: P, rules: readonly Rule<P>[]): void {
  const faults = rules.filter((rule) => broken(props, rule)).map(([, message]) => message(props));
  if (faults.length > 0) throw new ConstructError(scope.node.path, faults);
}

function broken<P extends object>(props: P, [isWrong]: Rule<P>): boolean {
  let sawToken = false;
  const wrong = isWrong(
    watch(props, () => {
      sawToken = true;
    }),
  );
  return wrong && !sawToken;
}

/** The same object, telling when an unresolved value is read from it. Constructs are handed out as they are. */
function watch<T extends object>(value: T, onToken: () => void): T {
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (Token.isUnresolved(found)) onToken();
      return isPlain(found) && !Object.isFrozen(target) ? watch(found, onToken) : found;
    },
  });
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
