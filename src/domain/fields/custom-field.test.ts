import { describe, expect, it } from 'vitest';
import {
  checkChoices,
  checkFieldName,
  checkFieldValue,
  type FieldType,
  MAX_FIELD_CHOICES,
} from '#domain/fields/custom-field.js';

const fieldOf = (type: FieldType) => ({
  name: 'f',
  type,
  choices: type === 'choice' ? ['Gold', 'Silver'] : null,
});

describe('a value', () => {
  it.each([
    ['text', '  rack 7 ', 'rack 7'],
    ['number', '007.50', '7.5'],
    ['number', '+3', '3'],
    ['number', '-0.0', '0'],
    ['number', '-0.05', '-0.05'],
    ['number', '000000000000000000012', '12'],
    ['number', '100', '100'],
    ['date', '2028-02-29', '2028-02-29'],
    ['flag', 'Yes', 'true'],
    ['flag', 'off', 'false'],
    ['choice', 'gold', 'Gold'],
  ] as const)('of a %s, %j, is kept as %j', (type, text, value) => {
    expect(checkFieldValue(fieldOf(type), text)).toBe(value);
  });

  it.each([
    ['text', ''],
    ['text', 'two\nlines'],
    ['text', 'x'.repeat(501)],
    ['number', '1e3'],
    ['number', '1.'],
    ['number', '1234567890123456'],
    ['number', '0.1234567891'],
    ['date', '2027-02-29'],
    ['date', '0000-01-01'],
    ['date', '25.11.2026'],
    ['flag', 'maybe'],
    ['choice', 'Bronze'],
  ] as const)('of a %s, %j, is refused with what would do', (type, text) => {
    expect(() => checkFieldValue(fieldOf(type), text)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        at: 'f',
        hint: expect.stringMatching(/^It takes /),
      }),
    );
  });
});

describe('a definition', () => {
  it('has a name that a filter can be written with', () => {
    expect(checkFieldName(' Rack_No ')).toBe('rack_no');
    for (const text of ['', '1st', 'a b', 'a.b', 'ä', 'x'.repeat(65)])
      expect(() => checkFieldName(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('has choices, each once', () => {
    expect(checkChoices(['a', ' b', 'a'])).toEqual(['a', 'b']);
    const many = Array.from({ length: MAX_FIELD_CHOICES + 1 }, (_, index) => `c${index}`);
    for (const texts of [[], [''], ['a,b'], many])
      expect(() => checkChoices(texts)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
