const numbers = new Intl.NumberFormat('en-US');

/** `12,345`. */
export function grouped(count: number | bigint): string {
  return numbers.format(count);
}

/** `1 host`, `2 hosts`, `2 addresses`. */
export function counted(count: number, noun: string): string {
  const ending = noun.endsWith('s') ? 'es' : 's';
  return `${grouped(count)} ${noun}${count === 1 ? '' : ending}`;
}
