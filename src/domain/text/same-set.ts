/** Whether two lists hold the same words, in whatever order and however often. */
export function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.every((text) => others.includes(text)) && others.every((text) => some.includes(text));
}
