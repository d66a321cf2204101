import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldSpec } from '#domain/filter/field-spec.js';
import { ageText, parseAge, parseTimestamp, timeText } from '#domain/filter/instant.js';
import { matchesAnywhere, matchesFully, parsePattern } from '#domain/filter/pattern.js';
import { isFault, parseValue, printValue } from '#domain/filter/value.js';

const SPEED: FieldSpec = {
  name: 'speed',
  aliases: [],
  type: 'number',
  units: { us: 0.001, ms: 1, s: 1_000 },
  description: 'a number with a unit',
  example: 'speed<20ms',
  inPast: false,
  read: () => 0,
};

describe('a number with a unit', () => {
  test.each([
    ['20ms', 20, '20ms'],
    ['20', 20, '20ms'],
    ['2.3s', 2_300, '2300ms'],
    ['1US', 0.001, '0.001ms'],
  ])('%s is %d', (text, number, printed) => {
    const value = parseValue(SPEED, text);
    expect(value).toEqual({ type: 'number', number, unit: 'ms' });
    expect(isFault(value) ? value : printValue(value)).toBe(printed);
  });
  test.each(['20parsec', 'ms', '-1ms', '1e3', '9999999999'])('%s is none', (text) => {
    expect(parseValue(SPEED, text)).toMatchObject({ problem: `"${text}" is not a number` });
  });
});

test('every span and every instant is read as it was written', () => {
  fc.assert(
    fc.property(fc.nat(3_650 * 86_400), (seconds) => {
      expect(parseAge(ageText(seconds * 1_000))).toBe(seconds * 1_000);
    }),
  );
  fc.assert(
    fc.property(
      fc.date({
        min: new Date('0000-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59.999Z'),
        noInvalidDate: true,
      }),
      (date) => {
        expect(parseTimestamp(timeText(date.getTime()))).toBe(date.getTime());
      },
    ),
  );
});

test.each([
  '11y',
  '3651d',
  '2026-13-01',
  '2026-01-01T24:00',
  '2026-01-01 10:00',
  '2026-01-01T10',
  '10000-01-01',
  '9999-12-31T23:59-10:00',
])('%s is no time', (text) => {
  expect([parseAge(text), parseTimestamp(text)]).toEqual([undefined, undefined]);
});

describe('a pattern', () => {
  test.each([
    ['web', 'WEB-01', false, true],
    ['web*', 'WEB-01', true, true],
    ['*01', 'web-01', true, true],
    ['w*b*1', 'web-01', true, true],
    ['ab*ba', 'aba', false, false],
    ['a*b', 'a*b', true, true],
    [String.raw`a\*b`, 'aXb', false, false],
    ['*', '', true, true],
    ['GRÖSSE', 'grösse', false, false],
  ])('%s and %s: whole %s, anywhere %s', (pattern, text, complete, anywhere) => {
    expect([matchesFully(parsePattern(pattern), text), matchesAnywhere(parsePattern(pattern), text)]).toEqual(
      [complete, anywhere],
    );
  });
});
