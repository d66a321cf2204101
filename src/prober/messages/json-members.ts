import { type Address, parseLiteral } from '#domain/addresses/address.js';

/*
 * Members of a message that was parsed from JSON. Each reader gives the value or throws TypeError; whoever reads a
 * whole message makes one error of that.
 */

/** The last instant a Date can hold. */
export const MAX_TIME_MS = 8.64e15;

/** An IPv6 address with its last bits written as IPv4. */
const MAX_ADDRESS_CHARACTERS = 45;

export type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  if (!isFields(value)) throw new TypeError('there is no object');
  return value;
}

export function listOf(value: unknown, maxMembers = Number.POSITIVE_INFINITY): readonly unknown[] {
  if (!Array.isArray(value) || value.length > maxMembers) throw new TypeError('there is no list');
  return value;
}

export function textOf(value: unknown, maxCharacters = Number.POSITIVE_INFINITY): string {
  if (typeof value === 'string' && value.length <= maxCharacters) return value;
  throw new TypeError('there is no text');
}

export function flagOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError('there is no yes or no');
  return value;
}

export function labelOf<const Texts extends readonly string[]>(value: unknown, texts: Texts): Texts[number] {
  const text = texts.find((known) => known === value);
  if (text === undefined) throw new TypeError(`there is none of ${texts.join(', ')}`);
  return text;
}

export function integerOf(
  value: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`there is no whole number from ${min} to ${max}`);
}

export function countOf(value: unknown): number {
  return integerOf(value, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

export function timeOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIME_MS) return value;
  throw new TypeError('there is no time');
}

export function addressOf(value: unknown): Address {
  const address = parseLiteral(textOf(value, MAX_ADDRESS_CHARACTERS));
  if (address === undefined) throw new TypeError('there is no address');
  return address;
}

/** Null stands for what is absent. */
export function nullOr<Value>(value: unknown, read: (value: unknown) => Value): Value | null {
  return value === null ? null : read(value);
}
