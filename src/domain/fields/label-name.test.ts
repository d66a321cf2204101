import { describe, expect, it } from 'vitest';
import { checkLabelName, distinctLabels, labelKey, MAX_LABEL_CHARACTERS } from '#domain/fields/label-name.js';

describe('the name of a tag', () => {
  it.each([
    ['web', 'web'],
    ['  env:prod ', 'env:prod'],
    ['Büro (2. Stock)', 'Büro (2. Stock)'],
    ['u\u0308ber', '\u00fcber'],
    ['x'.repeat(MAX_LABEL_CHARACTERS), 'x'.repeat(MAX_LABEL_CHARACTERS)],
  ])('%j is %j', (text, name) => {
    expect(checkLabelName('tag', text)).toBe(name);
  });

  it.each(['', '   ', 'a,b', 'a"b', '-web', 'a\tb', 'a\u200bb', 'x'.repeat(MAX_LABEL_CHARACTERS + 1)])(
    '%j is refused',
    (text) => {
      expect(() => checkLabelName('tag', text)).toThrow(
        expect.objectContaining({ code: 'invalid_request', at: 'tag' }),
      );
    },
  );

  it('is the same in another case, also beyond ASCII', () => {
    expect(labelKey('BÜRO')).toBe(labelKey('büro'));
  });
});

describe('distinctLabels', () => {
  it('keeps the first of those that are the same, and orders them without their case', () => {
    expect(distinctLabels('tag', ['web', 'DB', 'Web', 'db', 'App'])).toEqual(['App', 'DB', 'web']);
  });

  it('takes none for none', () => {
    expect(distinctLabels('tag', [])).toEqual([]);
  });
});
