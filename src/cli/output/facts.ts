export type Fact = readonly [name: string, value: string];

/** What a value is called, and how it is told; null where it says nothing. */
type Arg<Value> = readonly [name: string, text: (value: NonNullable<Value>) => string | null];

/** How each field of a shape is told. A field that has no entry does not compile. */
export type Args<Shape> = { readonly [Key in keyof Shape]-?: Arg<Shape[Key]> };

/** What was said of a shape, a line each in the order of its words; null is told by `ofNull`, where there is one. */
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
