import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneOf, pageIn, parseSearch, present, safeNext, stringifySearch } from './search.ts';

describe('search in addresses', () => {
  it('survives the way there and back as text, whatever it looks like', () => {
    const entries = fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(entries, (search) => {
        expect(parseSearch(stringifySearch(search))).toEqual({ ...search });
      }),
    );
  });

  it('keeps a token of digits a text', () => {
    expect(parseSearch('?token=12345678901234567890')).toEqual({ token: '12345678901234567890' });
  });

  it('drops what is empty or absent', () => {
    expect(stringifySearch({ page: undefined, search: '' })).toBe('');
    expect(present<{ page: number }>({ page: undefined })).toEqual({});
  });

  it('takes only pages that exist beyond the first', () => {
    expect(['2', '1', '0', '-1', 'x', '2.5', '1e9'].map((page) => pageIn({ page }))).toEqual([
      2,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes only known words', () => {
    expect(oneOf(['up', 'down'], 'up')).toBe('up');
    expect(oneOf(['up', 'down'], 'sideways')).toBeUndefined();
  });
});

describe('safeNext', () => {
  it('returns to a page of ours', () => {
    expect(safeNext('/scans?page=2')).toBe('/scans?page=2');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/sign-in',
    '',
    7,
  ])('drops %j', (value) => {
    expect(safeNext(value)).toBeUndefined();
  });
});
