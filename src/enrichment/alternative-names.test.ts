import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_CERTIFICATE_NAMES } from '#domain/enrichment/certificate.js';
import { readAlternativeNames } from '#enrichment/alternative-names.js';

describe('alternative names', () => {
  it('are read as Node writes them', () => {
    expect(
      readAlternativeNames('DNS:a.example, IP Address:198.18.0.1, URI:"http://a, DNS:b", DNS:"\\u0007x"'),
    ).toEqual({
      names: ['DNS:a.example', 'IP:198.18.0.1', 'URI:http://a, DNS:b', 'DNS:\u{fffd}x'],
      namesLeftOut: 0,
    });
    for (const none of [undefined, ''])
      expect(readAlternativeNames(none)).toEqual({ names: [], namesLeftOut: 0 });
  });

  it('are bounded, and omitted names are counted', () => {
    const many = Array.from({ length: MAX_CERTIFICATE_NAMES + 7 }, (_, n) => `DNS:h${n}`);
    const { names, namesLeftOut } = readAlternativeNames([...many, `DNS:${'x'.repeat(1_000)}`].join(', '));
    expect(names).toEqual(many.slice(0, MAX_CERTIFICATE_NAMES));
    expect(namesLeftOut).toBe(8);
    expect(readAlternativeNames('DNS:a, ???')).toEqual({ names: ['DNS:a'], namesLeftOut: 1 });
  });

  it('round-trip for any content', () => {
    const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (texts) => {
        const text = texts.map((name) => `DNS:${JSON.stringify(name)}`).join(', ');
        expect(readAlternativeNames(text)).toEqual({
          names: texts.map((name) => `DNS:${name}`),
          namesLeftOut: 0,
        });
      }),
    );
  });

  it('are bounded for any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(readAlternativeNames(text).names.length).toBeLessThanOrEqual(MAX_CERTIFICATE_NAMES);
      }),
    );
  });
});
