/** Said where a form that is saved says what is so already. */
export const SO_ALREADY = 'It is so already: nothing changed.';

/**
 * What is said otherwise than it was. Nothing else is sent, neither when it is saved nor when it is taken back: what somebody
 * else said of the rest meanwhile stays.
 */
export function differing<Given extends object>(from: Given, to: Given): Partial<Given>;
export function differing(from: object, to: object): object {
  const before = new Map<string, unknown>(Object.entries(from));
  const isSo = (key: string, value: unknown) => JSON.stringify(before.get(key)) === JSON.stringify(value);
  return Object.fromEntries(Object.entries(to).filter(([key, value]) => !isSo(key, value)));
}

export function isNothing(change: object): boolean {
  return Object.keys(change).length === 0;
}
