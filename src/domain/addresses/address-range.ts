import {
  type Address,
  type AddressFamily,
  addressBits,
  formatAddress,
  lastValue,
  parseLiteral,
} from '#domain/addresses/address.js';

/** Addresses of one family from `first` to `last`, both included. */
export interface AddressRange {
  readonly family: AddressFamily;
  readonly first: bigint;
  readonly last: bigint;
}

export function singleRange({ family, value }: Address): AddressRange {
  return { family, first: value, last: value };
}

/** The network of `prefixBits` that holds the address; host bits are dropped. */
export function networkRange({ family, value }: Address, prefixBits: number): AddressRange {
  const hostMask = (1n << BigInt(addressBits(family) - prefixBits)) - 1n;
  const first = value - (value & hostMask);
  return { family, first, last: first + hostMask };
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Whether `first` ≤ `last` and both are addresses of the family. */
export function isRange({ family, first, last }: AddressRange): boolean {
  return first >= 0n && first <= last && last <= lastValue(family);
}

/** Prefix length in bits, 0–128, from decimal text without a leading zero; `undefined` when it does not fit. */
export function parsePrefix(text: string, family: AddressFamily): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const prefixBits = Number(text);
  return prefixBits <= addressBits(family) ? prefixBits : undefined;
}

/** Canonical text: one address, a CIDR when the range is exactly one network, else `first-last`. */
export function formatRange(range: AddressRange): string {
  const first = formatAddress({ family: range.family, value: range.first });
  if (range.first === range.last) return first;
  const size = range.last - range.first + 1n;
  const isNetwork = (size & (size - 1n)) === 0n && range.first % size === 0n;
  if (isNetwork) return `${first}/${addressBits(range.family) - (size.toString(2).length - 1)}`;
  return `${first}-${formatAddress({ family: range.family, value: range.last })}`;
}

/** Inverse of `formatRange`; `undefined` for other text. What people type goes through `#domain/targets/targets.js`. */
export function parseRange(text: string): AddressRange | undefined {
  const [, firstText = '', separator, rest = ''] = /^([^/-]*)([/-])?(.*)$/s.exec(text) ?? [];
  const first = parseLiteral(firstText);
  if (first === undefined) return undefined;
  if (separator === undefined) return singleRange(first);
  if (separator === '/') {
    const prefixBits = parsePrefix(rest, first.family);
    return prefixBits === undefined ? undefined : networkRange(first, prefixBits);
  }
  const last = parseLiteral(rest);
  if (last === undefined || last.family !== first.family || last.value < first.value) return undefined;
  return { family: first.family, first: first.value, last: last.value };
}

/** The fewest networks that together are the range, in its order. */
export function networksOf({ family, first, last }: AddressRange): AddressRange[] {
  const networks: AddressRange[] = [];
  for (let next = first; next <= last; ) {
    // As large as its start is round, and as fits.
    let size = next === 0n ? 1n << BigInt(addressBits(family)) : next & -next;
    while (next + size - 1n > last) size >>= 1n;
    networks.push({ family, first: next, last: next + size - 1n });
    next += size;
  }
  return networks;
}
