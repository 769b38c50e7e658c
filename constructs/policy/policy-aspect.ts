import {
  Annotations,
  DefaultTokenResolver,
  type IAspect,
  StringConcat,
  TerraformElement,
  TerraformResource,
  Tokenization,
} from "cdktf";
import type { IConstruct } from "constructs";
import { UserError } from "../internal/check";
import type { Mode } from "../internal/modes";
import { POLICIES } from "./policies";
import type { DeclaredResource, PolicyRule } from "./rule";

const ACKNOWLEDGED = "medallion:acknowledged";

interface Acknowledgement {
  readonly rule: string;
  readonly reason: string;
}

/** Accepts that a construct, and what is in it, does not keep a policy; the reason is shown at every synth. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  if (reason.trim() === "") throw new UserError(`acknowledging "${rule}" at ${construct.node.path} needs a reason`);
  construct.node.addMetadata(ACKNOWLEDGED, { rule, reason } satisfies Acknowledgement);
}

/** Properties of a `PolicyAspect`. */
export interface PolicyAspectProps {
  readonly mode: Mode;
  /** @default - all of this package */
  readonly rules?: readonly PolicyRule[];
}

/**
 * Walks what is declared and reports what does not keep a policy: as an error in production, else as a warning.
 *
 * @example
 * import { Aspects } from "cdktf";
 * Aspects.of(this).add(new PolicyAspect({ mode: "production" }));
 */
export class PolicyAspect implements IAspect {
  constructor(private readonly props: PolicyAspectProps) {}

  visit(node: IConstruct): void {
    if (!TerraformElement.isTerraformElement(node)) return;
    const declared = declaredBy(node);
    // What was moved away declares nothing; it is evaluated where it went.
    if (declared === undefined) return;
    const resource = { ...declared, mode: this.props.mode };
    for (const { id, why, violation } of this.props.rules ?? POLICIES) {
      const message = violation(resource);
      if (message !== undefined) report(node, { id, message: `${message} (policy ${id}: ${why})` }, this.props.mode);
    }
  }
}

function report(node: IConstruct, { id, message }: { id: string; message: string }, mode: Mode): void {
  const accepted = acknowledgements(node).find(({ rule }) => rule === id);
  const annotations = Annotations.of(node);
  if (accepted !== undefined) annotations.addInfo(`${message} accepted: ${accepted.reason}`);
  else if (mode === "production") annotations.addError(message);
  else annotations.addWarning(message);
}

/** Of the construct itself and of everything that it is in. */
function acknowledgements(node: IConstruct): Acknowledgement[] {
  return node.node.scopes.flatMap((scope) =>
    scope.node.metadata.filter(({ type }) => type === ACKNOWLEDGED).map(({ data }) => data as Acknowledgement),
  );
}

/** Blocks of everything that is no resource; a provider brings what it requires in `terraform` along. */
const BLOCKS = ["provider", "data", "output", "variable", "locals", "module", "terraform"];

/** A resource by its type; anything else by the block that it stands in. */
function declaredBy(element: TerraformElement): Omit<DeclaredResource, "mode"> | undefined {
  const rendered = Tokenization.resolve(element.toTerraform(), {
    scope: element,
    resolver: new DefaultTokenResolver(new StringConcat()),
    preparing: false,
  }) as Record<string, Record<string, Record<string, Record<string, unknown>>>>;
  if (TerraformResource.isTerraformResource(element)) {
    const type = element.terraformResourceType;
    const [attributes] = Object.values(rendered["resource"]?.[type] ?? {});
    return attributes === undefined ? undefined : { type, attributes };
  }
  const type = BLOCKS.find((block) => rendered[block] !== undefined);
  return type === undefined ? undefined : { type, attributes: rendered };
}
