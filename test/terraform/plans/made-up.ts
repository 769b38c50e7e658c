/** A block of a provider's schema, as `terraform providers schema -json` shows it. */
export interface Block {
  readonly attributes?: Readonly<Record<string, { readonly type?: AttributeType }>>;
  readonly block_types?: Readonly<Record<string, { readonly block: Block }>>;
}
type AttributeType = string | readonly [kind: string, ...of: unknown[]];

type Values = Readonly<Record<string, unknown>>;

/** What a plan says of a resource, with values made up for what it cannot know yet; `label` goes into made-up texts. */
export function withMadeUp(after: Values, unknown: Values, block: Block, label: string): Values {
  const filled: Record<string, unknown> = { ...after };
  for (const [name, mark] of Object.entries(unknown)) {
    const attribute = block.attributes?.[name];
    const nested = block.block_types?.[name]?.block;
    if (mark === true) filled[name] = attribute === undefined ? [] : madeUp(attribute.type, `${name} of ${label}`);
    else if (nested !== undefined && Array.isArray(mark) && Array.isArray(filled[name]))
      filled[name] = (filled[name] as Values[]).map((item, index) =>
        withMadeUp(item, (mark[index] ?? {}) as Values, nested, label),
      );
  }
  return filled;
}

function madeUp(type: AttributeType | undefined, text: string): unknown {
  if (type === "string") return text;
  if (type === "number") return 1;
  if (type === "bool") return false;
  if (Array.isArray(type)) return type[0] === "map" ? {} : type[0] === "object" ? null : [];
  return null;
}
