export type Fact = readonly [name: string, value: string];

/** What a value is called, and how it is told; null where it says nothing. */
type Word<Value> = readonly [name: string, text: (value: NonNullable<Value>) => string | null];

/** How each field of a shape is told. A field that has no entry does not compile. */
export type Words<Shape> = { readonly [Key in keyof Shape]-?: Word<Shape[Key]> };

/** What was said of a shape, a line each in the order of its words; null is told by `ofNull`, where there is one. */
export function factsOf<Shape extends object>(
  words: Words<Shape>,
  shape: Shape,
  ofNull: string | null = null,
): Fact[] {
  const facts: Fact[] = [];
  for (const key in words) {
    const text = textOf(words[key], shape[key], ofNull);
    if (text !== null) facts.push([words[key][0], text]);
  }
  return facts;
}

function textOf<Value>([, text]: Word<Value>, value: Value, ofNull: string | null): string | null {
  if (value === undefined) return null;
  return value === null ? ofNull : text(value);
}
