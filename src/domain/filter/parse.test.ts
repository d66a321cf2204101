import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { filterColumn } from '#domain/filter/error.js';
import { MAX_FILTER_CHARACTERS, MAX_FILTER_DEPTH, MAX_FILTER_TERMS } from '#domain/filter/filter.js';
import { filterToJson } from '#domain/filter/json.js';
import { parseFilter } from '#domain/filter/parse.js';
import { printFilter } from '#domain/filter/print.js';
import { readFilter } from '#domain/filter/read.js';

/** What was thrown, with the column it points at. */
function faultOf(text: string): {
  column: number | undefined;
  message: string;
  hint: string | undefined;
  at?: string | undefined;
} {
  try {
    readFilter(text);
  } catch (error) {
    if (!(error instanceof ScanoramaError)) throw error;
    return { column: filterColumn(error), message: error.message, hint: error.hint, at: error.at };
  }
  throw new Error(`${text} was understood`);
}

describe('the text of a filter', () => {
  test.each([
    ['status:up', 'status:up'],
    ['Status=UP', 'status:up'],
    ['status:up port:443', 'status:up and port:443'],
    ['status:up AND port:443 OR vendor:acme', 'status:up and port:443 or vendor:acme'],
    ['status:up and (port:443 or port:80)', 'status:up and (port:443 or port:80)'],
    ['(status:up) and ((port:443))', 'status:up and port:443'],
    ['a and (b and c)', 'a and b and c'],
    ['not not a', 'a'],
    ['not (a or b)', 'not (a or b)'],
    ['status!=up', 'not status:up'],
    ['name!=x', 'not name=x'],
    ['name:"two words",printer*', 'name:"two words",printer*'],
    [String.raw`name:a\*b`, String.raw`name:"a\*b"`],
    ['name:***', 'name:*'],
    ['hostname:x ip:198.18.0.* ports>3', 'name:x and address:198.18.0.0/24 and open_ports>3'],
    ['address:198.18.0.9/24', 'address:198.18.0.0/24'],
    ['ip:::ffff:198.18.0.1', 'address:198.18.0.1'],
    ['ip:fd00::1-fd00::9', 'address:fd00::1-fd00::9'],
    ['mac:00:53:00*', 'mac:00:53:00*'],
    ['fd00::1', '"fd00::1"'],
    ['::1', '"::1"'],
    ['198.18.', '198.18.'],
    ['port:22,443/TCP,8000-8999', 'port:22,443/tcp,8000-8999'],
    ['last_seen<168h', 'last_seen<1w'],
    ['changed>=2026-11-24T18:00Z', 'changed>=2026-11-24T18:00Z'],
    ['changed>="2026-11-24T18:00-00:30"', 'changed>=2026-11-24T18:30Z'],
    ['changed>=2026-11-24T18:00:00+02:00', 'changed>=2026-11-24T16:00Z'],
    ['first_seen<2026-11-24', 'first_seen<2026-11-24'],
    ['"status:up"', '"status:up"'],
    ['"and" or "not"', '"and" or "not"'],
  ])('%s reads as %s', (text, printed) => {
    const filter = parseFilter(text);
    expect(printFilter(filter)).toBe(printed);
    expect(parseFilter(printed)).toEqual(filter);
    expect(readFilter(JSON.stringify(filterToJson(filter)))).toEqual(filter);
  });

  test('binds not before and, and and before or', () => {
    expect(filterToJson(parseFilter('not a and b or c'))).toEqual({
      or: [{ and: [{ not: { term: 'a' } }, { term: 'b' }] }, { term: 'c' }],
    });
  });
});

describe('what is wrong with a filter is said with its column', () => {
  test.each([
    ['', 1, 'it is empty'],
    ['   ', 1, 'it is empty'],
    ['stauts:up', 1, 'there is no field "stauts"'],
    ['port:80 and colour:red', 13, 'there is no field "colour"'],
    ['status:upp', 8, '"upp" is no value of status'],
    ['status:up,dwn', 11, '"dwn" is no value of status'],
    ['port:70000', 6, '"70000" is not a port'],
    ['port:9-1', 6, '"9-1" is not a port'],
    ['port:80/sctp', 6, '"80/sctp" is not a port'],
    ['port:http', 6, '"http" is not a port'],
    ['port<80', 5, 'port cannot be compared with <'],
    ['last_seen:7d', 10, 'last_seen cannot be compared with :'],
    ['last_seen<7x', 11, '"7x" is not an instant or a span of time'],
    ['changed>=2026-11-24T18:00', 10, '"2026-11-24T18:00" is a time of day without a zone'],
    ['up changed<"2026-11-24T18:00:00.5"', 12, 'is a time of day without a zone'],
    ['last_seen<2026-02-30T18:00', 11, 'is not an instant or a span of time'],
    ['last_seen<2026-02-30', 11, 'is not an instant or a span of time'],
    ['last_seen<1d,2d', 14, '< compares with one value alone'],
    ['address:198.18.0.256', 9, 'is not an address, a network or a range'],
    ['open_ports>few', 12, 'is not a number'],
    ['status:', 7, 'there is no value behind ":"'],
    ['status:up,', 10, 'there is no value behind ","'],
    ['status: up', 7, 'there is no value behind ":"'],
    ['=up', 1, '"=" has no field before it'],
    [',a', 1, '"," has nothing before it'],
    ['port:22 & site:hq', 9, '"&" is no word of a filter'],
    ['up || down', 4, '"||" is no word of a filter'],
    ['! up', 1, '"!" is no word of a filter'],
    ['name:""', 6, '"" is empty'],
    ['""', 1, '"" is empty'],
    ['name:"a', 6, 'the quote that opens here is not closed'],
    ['name:a"b"', 7, '"\\"" stands directly behind "name:a"'],
    ['name:f(x)', 7, '"(" stands directly behind "name:f"'],
    ['a,b', 2, '"," stands directly behind "a"'],
    ['a and', 3, 'nothing follows "and"'],
    ['a or or b', 3, 'nothing follows "or"'],
    ['and a', 1, '"and" has nothing before it'],
    ['a and not', 7, 'nothing follows "not"'],
    ['(a', 1, 'the parenthesis that opens here is not closed'],
    ['a)', 2, 'this closes nothing'],
    ['()', 1, 'nothing follows "("'],
    ['name:\u0007', 6, 'has a control character in it'],
    ['name:\ud800', 6, 'has half of a character in it'],
    [`name:${'x'.repeat(256)}`, 6, 'is longer than 255 characters'],
    ['x'.repeat(MAX_FILTER_CHARACTERS + 1), MAX_FILTER_CHARACTERS + 1, 'it is longer than 4096 characters'],
    [`${'('.repeat(MAX_FILTER_DEPTH + 1)}a`, MAX_FILTER_DEPTH + 2, 'nested deeper than 16 levels'],
    [`${'not '.repeat(1_000)}a`, 4 * (MAX_FILTER_DEPTH + 1) + 1, 'nested deeper than 16 levels'],
    [`port:1${',1'.repeat(MAX_FILTER_TERMS)}`, 1, 'it has more than 200 words and values'],
    ['a '.repeat(MAX_FILTER_TERMS + 1), 2 * MAX_FILTER_TERMS + 1, 'it has more than 200 words and values'],
  ])('%s', (text, column, problem) => {
    const fault = faultOf(text);
    expect({
      column: fault.column,
      states: fault.message.includes(problem.replaceAll('\\"', '"')) || fault.message,
    }).toEqual({
      column,
      states: true,
    });
    expect(fault.message).toContain(`Column ${column} of the filter: `);
  });

  test.each([
    ['stauts:up', 'Did you mean status?'],
    ['hostnme:x', 'Did you mean hostname?'],
    ['vend:x', 'Did you mean vendor?'],
    ['status:upp', 'Did you mean up? It is one of up, down, unknown, gone.'],
    ['port<80', 'It is compared with :, as in port:443,8000-8999/tcp.'],
    ['zzz:1', 'The fields are status, address, name'],
  ])('%s, with a way on', (text, hint) => {
    expect(faultOf(text).hint).toContain(hint);
  });
});

describe('what is wrong with the JSON form is said with its path', () => {
  test.each([
    ['{', '$', 'it begins like JSON, and is none'],
    ['{}', '$.field', 'the name of a field is needed'],
    ['{"and":[]}', '$.and', 'a list with at least one part is needed'],
    ['{"and":[{"term":"a"},7]}', '$.and[1]', 'this is no part of a filter'],
    ['{"not":{"term":7}}', '$.not.term', 'a text is needed'],
    ['{"term":"a","more":1}', '$', '"term" does not belong here'],
    ['{"field":"port","values":"443"}', '$.values', 'a list of texts is needed'],
    ['{"field":"port","operator":"~","values":["443"]}', '$.operator', 'this is no operator'],
    ['{"or":[{"field":"stauts","values":["up"]}]}', '$.or[0].field', 'there is no field "stauts"'],
    ['{"field":"port","values":["80","x"]}', '$.values[1]', '"x" is not a port'],
    [
      `${'{"not":'.repeat(400)}1${'}'.repeat(400)}`,
      `$${'.not'.repeat(MAX_FILTER_DEPTH + 1)}`,
      'nested deeper',
    ],
  ])('%s', (text, path, problem) => {
    expect(faultOf(text).message).toContain(`The filter at ${path.slice(0, 80)}`);
    expect(faultOf(text).message).toContain(problem);
  });

  test('and an operator that is left out is the usual one', () => {
    expect(printFilter(readFilter('{"field":"port","values":["443"]}'))).toBe('port:443');
  });
});

test('no text makes reading it throw anything else, nor point outside of it', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '(',
      ')',
      'and',
      'or',
      'not',
      '"',
      '\\',
      '*',
      ',',
      ':',
      '!=',
      '<=',
      ' ',
      '\t',
      '{',
      '}',
      '::1',
    ),
    fc.constantFrom(
      'status',
      'port',
      'name',
      'last_seen',
      'up',
      '443',
      '7d',
      'x',
      '198.18.0.0/24',
      'address:',
      'mac:00',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, spaced) => {
      const text = pieces.join(spaced ? ' ' : '');
      try {
        const filter = readFilter(text);
        expect(readFilter(printFilter(filter))).toEqual(filter);
      } catch (error) {
        if (!(error instanceof ScanoramaError)) throw error;
        expect(error.code).toBe('invalid_filter');
        const column = filterColumn(error);
        if (column === undefined) expect(error.facts).toHaveProperty('path');
        else {
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual(Math.max(1, text.length));
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
