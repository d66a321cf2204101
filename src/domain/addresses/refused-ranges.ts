import {
  type AddressRange,
  formatRange,
  parseRange,
  rangesOverlap,
} from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { clip, quote } from '#domain/text/quote.js';

/** A range that is nobody's to scan; `what` ends the sentence "224.0.0.0/4 is …". */
export interface RefusedRange {
  readonly range: AddressRange;
  readonly what: string;
}

/** The first that overlaps is the one a person is told of. */
export const REFUSED_RANGES: readonly RefusedRange[] = [
  refused('0.0.0.0/8', 'the unspecified network'),
  refused('224.0.0.0/4', 'multicast'),
  refused('255.255.255.255', 'the broadcast address'),
  refused('240.0.0.0/4', 'reserved'),
  refused('::', 'the unspecified address'),
  // One such address alone is read as its IPv4 address; as part of an IPv6 range it would slip past IPv4 exclusions.
  refused('::ffff:0.0.0.0/96', 'IPv4 written as IPv6'),
  refused('ff00::/8', 'multicast'),
];

/** What no packet may go to, whatever the targets say. */
export const REFUSED_ADDRESSES: AddressSet = AddressSet.of(REFUSED_RANGES.map(({ range }) => range));

/** Throws `target_refused`, naming `word` and the range, when any of the ranges touches a refused one. */
export function assertNotRefused(ranges: Iterable<AddressRange>, text: string): void {
  for (const range of ranges) {
    const match = REFUSED_RANGES.find((candidate) => rangesOverlap(candidate.range, range));
    if (match === undefined) continue;
    const name = formatRange(match.range);
    const isInside = match.range.first <= range.first && range.last <= match.range.last;
    const message = isInside
      ? `${quote(text)} is refused: ${name} is ${match.what}.`
      : `${quote(text)} is refused whole because it reaches into ${name}, which is ${match.what}.`;
    const hint = isInside
      ? 'Name addresses that belong to single hosts, such as 198.18.0.0/24.'
      : `Name smaller ranges that leave ${name} out.`;
    throw new ScanoramaError('target_refused', message, { at: clip(text), hint, facts: { refused: name } });
  }
}

function refused(text: string, what: string): RefusedRange {
  const range = parseRange(text);
  if (range === undefined) throw new RangeError(`not a range: ${text}`);
  return { range, what };
}
