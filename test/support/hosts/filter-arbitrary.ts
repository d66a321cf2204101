import * as fc from 'fast-check';
import { parseAddress } from '#domain/addresses/address.js';
import { networkRange, singleRange } from '#domain/addresses/address-range.js';
import { type FieldSpec, OPERATORS_OF } from '#domain/filter/field-spec.js';
import { FIELDS, type Field } from '#domain/filter/fields.js';
import { allOf, anyOf, type Filter, MAX_FILTER_CHARACTERS, negate } from '#domain/filter/filter.js';
import { parsePattern, printPattern, type TextPattern } from '#domain/filter/pattern.js';
import { printFilter } from '#domain/filter/print.js';
import type { FieldValue } from '#domain/filter/value.js';
import { PROTOCOLS } from '#domain/ports/protocol.js';
import { FILTER_NOW, HOSTILE_TEXTS } from './filterable-hosts.ts';

const HOUR_MS = 3_600_000;

/** Complete texts, parts of them in either case, and characters special in a pattern. */
const fragment = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', 'e', 'web', 'WEB-0', '.example', 'a', 'http', 'linux', '53:0', '18.0.1'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '%',
      '_',
      '\\',
      '"',
      '*',
      'é',
      'ö',
      'İ',
      ' ',
      '(x)',
      ',',
      ':',
      '::',
      'and',
      'office',
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }).filter((text) => !/\p{Cc}/u.test(text)) },
);
const pattern: fc.Arbitrary<TextPattern> = fc
  .array(fragment, { minLength: 1, maxLength: 3 })
  // As the parser normalizes it: two wildcards side by side are one.
  .map((parts) => parsePattern(printPattern(parts)))
  .map((parts) => (parts.length === 1 && parts[0] === '' ? ['web'] : parts));

const hours = fc.nat(60 * 24);
const address = fc.record({ isIpv4: fc.boolean(), byte: fc.nat(255) }).map(({ isIpv4, byte }) => {
  const read = parseAddress(isIpv4 ? `198.18.0.${byte}` : `fd00::${byte.toString(16)}`);
  if (read === undefined) throw new RangeError('no address');
  return read;
});

function baseUnitOf(units: Readonly<Record<string, number>> = {}): string {
  return Object.keys(units).find((unit) => units[unit] === 1) ?? '';
}

function valueOf(field: FieldSpec): fc.Arbitrary<FieldValue> {
  switch (field.type) {
    case 'term':
      return fc.constantFrom(...field.terms).map((raw) => ({ type: 'term', term: raw }));
    case 'name':
    case 'label':
    case 'text':
      return pattern.map((parts) => ({ type: 'text', pattern: parts }));
    case 'number':
      return fc.nat(6).map((number) => ({ type: 'number', number, unit: baseUnitOf(field.units) }));
    case 'time':
      return fc.oneof(
        hours.map((back): FieldValue => ({ type: 'age', ageMs: back * HOUR_MS })),
        hours.map((back): FieldValue => ({ type: 'time', atMs: FILTER_NOW.getTime() - back * HOUR_MS })),
      );
    case 'address':
      return fc.tuple(address, fc.integer({ min: 0, max: 8 })).map(([one, hostBits]) => ({
        type: 'address',
        range:
          hostBits === 0 ? singleRange(one) : networkRange(one, (one.family === 4 ? 32 : 128) - hostBits),
      }));
    case 'own':
      return fc.oneof(pattern, fc.constantFrom('7', 'yes', 'gold').map(parsePattern)).map((parts) => ({
        type: 'text',
        pattern: parts,
      }));
    default:
      return fc
        .record({
          first: fc.constantFrom(0, 9, 22, 53, 79, 443, 8080, 65_535),
          more: fc.constantFrom(0, 0, 1, 400),
          protocol: fc.constantFrom(null, ...PROTOCOLS),
        })
        .map(({ first, more, protocol }) => ({
          type: 'port',
          first,
          last: Math.min(65_535, first + more),
          protocol,
        }));
  }
}

/** A value greater or less than that of a user-defined field. */
const amount = fc.oneof(
  fc
    .constantFrom('-1.5', '0', '7', '10', '12.25')
    .map((text): FieldValue => ({ type: 'amount', amount: text })),
  fc.constantFrom('2026-01-31', '2026-11-25').map((day): FieldValue => ({ type: 'day', day })),
);

function ownComparison(field: Field): fc.Arbitrary<Filter> {
  return fc
    .tuple(
      fc.constantFrom('rack', 'due', 'vip', 'tier', 'label', 'nothing'),
      fc.constantFrom(...OPERATORS_OF.own),
    )
    .chain(([own, operator]) =>
      fc
        .array(operator === ':' ? valueOf(field) : amount, {
          minLength: 1,
          maxLength: operator === ':' ? 3 : 1,
        })
        .map((values): Filter => ({ kind: 'comparison', field: field.name, operator, values, own })),
    );
}

function comparison(field: Field): fc.Arbitrary<Filter> {
  if (field.type === 'own') return ownComparison(field);
  return fc
    .constantFrom(...OPERATORS_OF[field.type])
    .chain((operator) =>
      fc
        .array(valueOf(field), { minLength: 1, maxLength: operator === ':' || operator === '=' ? 3 : 1 })
        .map((values): Filter => ({ kind: 'comparison', field: field.name, operator, values })),
    );
}

/** Filters of any shape over these fields. */
export function filters(fields: readonly Field[] = FIELDS): fc.Arbitrary<Filter> {
  const leaf = fc.oneof(
    { weight: 6, arbitrary: fc.oneof(...fields.map(comparison)) },
    { weight: 1, arbitrary: pattern.map((parts): Filter => ({ kind: 'term', pattern: parts })) },
  );
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => {
    const parts = fc.array(tie('filter'), { minLength: 1, maxLength: 2 });
    return {
      filter: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        leaf,
        parts.map(allOf),
        parts.map(anyOf),
        tie('filter').map(negate),
      ),
    };
  });
  return filter.filter((created) => printFilter(created).length <= MAX_FILTER_CHARACTERS);
}
