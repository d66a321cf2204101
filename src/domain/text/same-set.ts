/** Whether two lists hold the same words, in whatever order and however often. */
export function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.every((word) => others.includes(word)) && others.every((word) => some.includes(word));
}
