import { type Address, formatAddress, parseLiteral } from '#domain/address.js';
import { formatRange, parseRange } from '#domain/address-range.js';
import { REASONS } from '#domain/port-state.js';
import {
  IMPOSTOR_KINDS,
  type Impostor,
  METHOD_WAYS,
  type MethodWay,
  NAME_ONLY,
  type Sighting,
  SWEEP_METHODS,
  type SweepNews,
} from '#probe/sighting.js';

/*
 * News of a sweep as JSON, for the channel between a prober and whoever started it. Whoever reads checks every member:
 * a message that is not what it should be is a TypeError, whatever is wrong with it.
 */

/** A message with more than this in one list is none of ours. */
export const MAX_LISTED = 8_192;
/** The last instant a Date can hold. */
const MAX_TIME_MS = 8.64e15;
const MAX_TEXT_CHARACTERS = 1_024;
const MAC_ADDRESS = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

export function sweepNewsMessage(news: SweepNews): unknown {
  return {
    ...news,
    sightings: news.sightings.map((sighting) => ({ ...sighting, address: formatAddress(sighting.address) })),
    impostors: news.impostors.map((impostor) => ({ ...impostor, range: formatRange(impostor.range) })),
  };
}

/** Throws TypeError. */
export function readSweepNews(message: unknown): SweepNews {
  const fields = fieldsOf(message);
  return {
    sightings: listOf(fields['sightings'], readSighting),
    impostors: listOf(fields['impostors'], readImpostor),
    silent: countOf(fields['silent']),
    disbelieved: countOf(fields['disbelieved']),
    unasked: countOf(fields['unasked']),
    ways: listOf(fields['ways'], readWay),
  };
}

function readSighting(value: unknown): Sighting {
  const fields = fieldsOf(value);
  const { mac, names } = fields;
  if (mac !== undefined && !MAC_ADDRESS.test(textOf(mac))) throw new TypeError('there is no MAC address');
  return {
    address: addressOf(fields['address']),
    reason: wordOf(fields['reason'], [...REASONS, NAME_ONLY] as const),
    roundTripMicroseconds: countOf(fields['roundTripMicroseconds']),
    observedAtMs: timeOf(fields['observedAtMs']),
    ...(mac === undefined ? {} : { mac: textOf(mac) }),
    ...(names === undefined ? {} : { names: listOf(names, textOf) }),
  };
}

function readImpostor(value: unknown): Impostor {
  const fields = fieldsOf(value);
  const range = parseRange(textOf(fields['range']));
  if (range === undefined) throw new TypeError('there is no range');
  return {
    kind: wordOf(fields['kind'], IMPOSTOR_KINDS),
    range,
    signature: textOf(fields['signature']),
    answered: countOf(fields['answered']),
    asked: countOf(fields['asked']),
  };
}

function readWay(value: unknown): MethodWay {
  const fields = fieldsOf(value);
  const { family, way, missing } = fields;
  if (family !== 4 && family !== 6) throw new TypeError('there is no family');
  return {
    method: wordOf(fields['method'], SWEEP_METHODS),
    family,
    ...(way === undefined ? {} : { way: wordOf(way, METHOD_WAYS) }),
    ...(missing === undefined ? {} : { missing: textOf(missing) }),
  };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isFields(value)) throw new TypeError('there is no object');
  return value;
}

function listOf<T>(value: unknown, read: (member: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > MAX_LISTED) throw new TypeError('there is no list');
  return value.map((member: unknown) => read(member));
}

function textOf(value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_TEXT_CHARACTERS) return value;
  throw new TypeError('there is no text');
}

function addressOf(value: unknown): Address {
  const address = parseLiteral(textOf(value));
  if (address === undefined) throw new TypeError('there is no address');
  return address;
}

function timeOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIME_MS) return value;
  throw new TypeError('there is no time');
}

function countOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError('there is no count');
}

function wordOf<const Words extends readonly string[]>(value: unknown, words: Words): Words[number] {
  const word = words.find((known) => known === value);
  if (word === undefined) throw new TypeError(`there is none of ${words.join(', ')}`);
  return word;
}
