export type Fact = readonly [name: string, value: string];

/** How each field of a shape is told; null where its value says nothing. A field that has no entry does not compile. */
export type Words<Shape> = {
  readonly [Key in keyof Shape]-?: readonly [
    name: string,
    text: (value: NonNullable<Shape[Key]>) => string | null,
  ];
};

/** What was said of a shape, a line each in the order of its words; null is told by `ofNull`, where there is one. */
export function factsOf<Shape extends object>(
  words: Words<Shape>,
  shape: Shape,
  ofNull: string | null = null,
): Fact[] {
  const facts: Fact[] = [];
  function tell<Key extends keyof Shape>(key: Key): void {
    const value = shape[key];
    if (value === undefined) return;
    const [name, textOf] = words[key];
    const text = value === null ? ofNull : textOf(value);
    if (text !== null) facts.push([name, text]);
  }
  for (const key in words) tell(key);
  return facts;
}
