export type Fact = readonly [name: string, value: string];

/** The label of a value, and how to format it. Null means that the value is not shown. */
type Arg<Value> = readonly [name: string, text: (value: NonNullable<Value>) => string | null];

/** How each field of a shape is shown. A field without an entry does not compile. */
export type Args<Shape> = { readonly [Key in keyof Shape]-?: Arg<Shape[Key]> };

/**
 * Returns one fact per defined field, in the order of `args`. A null field is shown as `ofNull`, and omitted without
 * `ofNull`.
 */
export function factsOf<Shape extends object>(
  args: Args<Shape>,
  shape: Shape,
  ofNull: string | null = null,
): Fact[] {
  const facts: Fact[] = [];
  for (const key in args) {
    const text = textOf(args[key], shape[key], ofNull);
    if (text !== null) facts.push([args[key][0], text]);
  }
  return facts;
}

function textOf<Value>([, text]: Arg<Value>, value: Value, ofNull: string | null): string | null {
  if (value === undefined) return null;
  return value === null ? ofNull : text(value);
}
