import { parseAddress } from '#domain/addresses/address.js';
import { addressHead } from '#domain/addresses/address-prefix.js';
import { type AddressRange, formatRange, parseRange, singleRange } from '#domain/addresses/address-range.js';
import { readDay, readNumber } from '#domain/fields/custom-field.js';
import type { FieldSpec } from '#domain/filter/field-spec.js';
import { ageText, lacksTimezone, parseAge, parseTimestamp, timeText } from '#domain/filter/instant.js';
import { parsePattern, printPattern, type TextPattern } from '#domain/filter/pattern.js';
import { formatPortRange, MAX_PORT } from '#domain/ports/port-set.js';
import { PROTOCOLS, type Protocol } from '#domain/ports/protocol.js';
import { closestName } from '#domain/text/nearest-word.js';
import { quote } from '#domain/text/quote.js';

/** One value of a comparison, read by the type of its field. */
export type FieldValue =
  | { readonly type: 'term'; readonly term: string }
  | { readonly type: 'text'; readonly pattern: TextPattern }
  | { readonly type: 'number'; readonly number: number; readonly unit: string }
  | { readonly type: 'time'; readonly atMs: number }
  /** So long ago: 7d. */
  | { readonly type: 'age'; readonly ageMs: number }
  | { readonly type: 'address'; readonly range: AddressRange }
  | {
      readonly type: 'port';
      readonly first: number;
      readonly last: number;
      readonly protocol: Protocol | null;
    }
  /** A decimal number or a day, which a field of an installation is compared with. */
  | { readonly type: 'amount'; readonly amount: string }
  | { readonly type: 'day'; readonly day: string };

/** Why a text is no value of a field. */
export interface ValueFault {
  readonly problem: string;
  readonly hint: string;
}
type Reading = FieldValue | ValueFault;

export const MAX_VALUE_CHARACTERS = 255;
const MAX_NUMBER = 1e9;
const MAX_NAMES_LISTED = 12;

export function isFault(reading: Reading): reading is ValueFault {
  return 'problem' in reading;
}

/** Reads one value as it is written, without the quotes around it. A stored one may have a time of day without a zone. */
export function parseValue(spec: FieldSpec, text: string, isStored = false): Reading {
  const problem = unusable(text);
  if (problem !== undefined)
    return { problem: `${quote(text)} ${problem}`, hint: `Write a value such as ${spec.example}.` };
  switch (spec.type) {
    case 'term':
      return termValue(spec.name, spec.terms, text);
    case 'name':
      return (
        (spec.name === 'network' ? networkValue(text) : undefined) ?? {
          type: 'text',
          pattern: parsePattern(text),
        }
      );
    case 'label':
    case 'text':
    case 'own':
      return { type: 'text', pattern: parsePattern(text) };
    case 'number':
      return numberValue(spec.units, text) ?? fault(spec, text, 'a number');
    case 'time':
      if (!isStored && lacksTimezone(text)) return zoneless(text);
      return timeValue(text) ?? fault(spec, text, 'an instant or a span of time');
    case 'address':
      return addressValue(text) ?? fault(spec, text, 'an address, a network or a range');
    default:
      return portValue(text) ?? fault(spec, text, 'a port or a range of ports');
  }
}

/** Reads what is more or less than the value of a field that an installation has defined. */
export function parseAmount(text: string): Reading {
  const [amount, day] = [readNumber(text), readDay(text)];
  if (amount !== undefined) return { type: 'amount', amount };
  if (day !== undefined) return { type: 'day', day };
  return {
    problem: `${quote(text)} is neither a number nor a day`,
    hint: 'Write a number such as 7.5 or a day such as 2026-11-25.',
  };
}

/** What no value of any field can be; also for words that stand alone. */
export function unusable(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > MAX_VALUE_CHARACTERS) return `is longer than ${MAX_VALUE_CHARACTERS} characters`;
  if (/\p{Cc}/u.test(text)) return 'has a control character in it';
  return text.isWellFormed() ? undefined : 'has half of a character in it';
}

/** Inverse of `parseValue`, in one form of each. */
export function printValue(value: FieldValue): string {
  switch (value.type) {
    case 'term':
      return value.term;
    case 'text':
      return printPattern(value.pattern);
    case 'number':
      return `${value.number}${value.unit}`;
    case 'time':
      return timeText(value.atMs);
    case 'age':
      return ageText(value.ageMs);
    case 'address':
      return formatRange(value.range);
    case 'amount':
      return value.amount;
    case 'day':
      return value.day;
    default:
      return portText(value.first, value.last, value.protocol);
  }
}

function fault(spec: FieldSpec, text: string, wanted: string): ValueFault {
  return { problem: `${quote(text)} is not ${wanted}`, hint: HINTS[spec.type] };
}

/** What lists print is the time of whoever reads them, so a time that is taken from there is refused and not shifted. */
function zoneless(text: string): ValueFault {
  return {
    problem: `${quote(text)} is a time of day without a zone`,
    hint: `Write ${text}Z for UTC, or the offset of your clock, such as ${text}+01:00.`,
  };
}

const HINTS: Readonly<Record<FieldSpec['type'], string>> = {
  term: '',
  name: '',
  label: '',
  text: '',
  own: '',
  number: 'Write a number such as 5.',
  time: 'Write how long ago, such as 30m, 12h, 7d or 2w, or an instant such as 2026-11-24T18:00Z.',
  address: 'Write an address such as 198.18.0.1, a network such as 198.18.0.0/24, or 198.18.0.1-198.18.0.9.',
  port: `Write a port from 0 to ${MAX_PORT} such as 443, 443/tcp or 8000-8999.`,
};

function termValue(name: string, terms: readonly string[], text: string): Reading {
  const term = terms.find((known) => known === text.toLowerCase());
  if (term !== undefined) return { type: 'term', term };
  const nearest = closestName(text, terms);
  const all = terms.length > MAX_NAMES_LISTED ? '' : `It is one of ${terms.join(', ')}.`;
  return {
    problem: `${quote(text)} is no value of ${name}`,
    hint: nearest === undefined ? all : `Did you mean ${nearest}? ${all}`.trimEnd(),
  };
}

function numberValue(units: Readonly<Record<string, number>> = {}, text: string): FieldValue | undefined {
  const match = /^(?<digits>\d{1,15}(?:\.\d{1,6})?)(?<unit>[a-z]*)$/i.exec(text)?.groups;
  const baseUnit = Object.keys(units).find((unit) => units[unit] === 1) ?? '';
  const unit = match?.['unit']?.toLowerCase() ?? '';
  const factor = unit === '' ? 1 : units[unit];
  if (match === undefined || factor === undefined) return undefined;
  // Six decimals, so that 2.3 s are 2300 ms and what is written is read again as the same.
  const number = Math.round(Number(match['digits']) * factor * 1e6) / 1e6;
  return number > MAX_NUMBER ? undefined : { type: 'number', number, unit: baseUnit };
}

function timeValue(text: string): FieldValue | undefined {
  const ageMs = parseAge(text);
  if (ageMs !== undefined) return { type: 'age', ageMs };
  const atMs = parseTimestamp(text);
  return atMs === undefined ? undefined : { type: 'time', atMs };
}

/** The addresses of a network that is said by its CIDR, which no network has for a name but its own. */
function networkValue(text: string): FieldValue | undefined {
  return text.includes('/') ? addressValue(text) : undefined;
}

/** IPv4 octets that are left open at the end: `198.18.*`. */
const OPEN_OCTETS = /^(?<octets>(?:\d{1,3}\.){1,3})\*$/;

function addressValue(text: string): FieldValue | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return { type: 'address', range: singleRange(address) };
  const octets = OPEN_OCTETS.exec(text)?.groups?.['octets'];
  const range = octets === undefined ? parseRange(text) : addressHead(octets);
  return range === undefined ? undefined : { type: 'address', range };
}

function portValue(text: string): FieldValue | undefined {
  const match = /^(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?(?:\/(?<protocol>[a-z]+))?$/i.exec(text)?.groups;
  if (match === undefined) return undefined;
  const first = Number(match['first']);
  const last = Number(match['last'] ?? first);
  const name = match['protocol']?.toLowerCase();
  const protocol = PROTOCOLS.find((known) => known === name);
  if (first > last || last > MAX_PORT || (name !== undefined && protocol === undefined)) return undefined;
  return { type: 'port', first, last, protocol: protocol ?? null };
}

function portText(first: number, last: number, protocol: Protocol | null): string {
  const ports = formatPortRange({ first, last });
  return protocol === null ? ports : `${ports}/${protocol}`;
}
