import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Certificate,
  certificateText,
  certificateValue,
  parseCertificate,
} from '#domain/enrichment/certificate.js';
import { ENRICHER_NAMES, enrichersText, parseEnrichers } from '#domain/enrichment/enricher.js';
import { findingText } from '#domain/enrichment/finding-text.js';
import { parseSshHostKeys, sshHostKeysText, sshHostKeysValue } from '#domain/enrichment/ssh-host-key.js';

const key = fc.record({ algorithm: fc.string(), fingerprint: fc.string(), bits: fc.nat() });
const textOrNull = fc.option(fc.string());
const certificate: fc.Arbitrary<Certificate> = fc.record({
  fingerprint: fc.string(),
  subject: fc.string(),
  issuer: fc.string(),
  subjectCn: textOrNull,
  issuerCn: textOrNull,
  names: fc.array(fc.string()),
  namesLeftOut: fc.nat(),
  notBefore: textOrNull,
  notAfter: textOrNull,
  serial: fc.string(),
  keyType: textOrNull,
  keyBits: fc.option(fc.nat()),
});

describe('what is collected', () => {
  it('has one form for the same keys, and is read back as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { selector: ({ algorithm }) => algorithm }), (keys) => {
        const value = sshHostKeysValue(keys);
        expect(sshHostKeysValue(keys.toReversed())).toBe(value);
        expect(sshHostKeysValue(parseSshHostKeys(value) ?? [])).toBe(value);
        expect(new Set(parseSshHostKeys(value))).toEqual(new Set(keys));
      }),
    );
    fc.assert(
      fc.property(certificate, (one) => {
        expect(parseCertificate(certificateValue(one))).toEqual(one);
      }),
    );
  });

  it('is nothing in any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseCertificate(text)).toBeUndefined();
        expect(parseSshHostKeys(text)).toBeUndefined();
        expect(findingText('ssh_host_key', text)).toBe(text);
      }),
    );
    expect(parseSshHostKeys('{"keys":[{"algorithm":"a","fingerprint":1,"bits":2}]}')).toBeUndefined();
  });

  it('is one line to a person', () => {
    const keys = [
      { algorithm: 'ssh-rsa', fingerprint: 'SHA256:r', bits: 3_072 },
      { algorithm: 'ssh-ed25519', fingerprint: 'SHA256:e', bits: 256 },
    ];
    expect(sshHostKeysText(keys)).toBe('ssh-rsa 3072 SHA256:r, ssh-ed25519 SHA256:e');
    expect(findingText('ssh_host_key', sshHostKeysValue(keys))).toBe(
      'ssh-ed25519 SHA256:e, ssh-rsa 3072 SHA256:r',
    );
    const shown = { subjectCn: 'www', names: [], subject: '', notAfter: '2027-01-02T03:04:05.000Z' };
    const rest = { fingerprint: 'ab'.repeat(32), issuer: '', issuerCn: null, namesLeftOut: 0 };
    const complete = { ...shown, ...rest, notBefore: null, serial: '1', keyType: null, keyBits: null };
    expect(certificateText(complete)).toBe('www, expires 2027-01-02, SHA-256 abababababababab…');
    expect(findingText('tls_certificate', certificateValue(complete))).toBe(certificateText(complete));
    expect(certificateText({ ...complete, subjectCn: null, notAfter: null })).toMatch(
      /^no name, no expiry, /,
    );
    expect(findingText('hostname', 'a')).toBe('a');
    expect(findingText('service', null)).toBeNull();
  });
});

describe('the words of collectors', () => {
  it('are read in any order, and nothing else is', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...ENRICHER_NAMES], { minLength: 1 }), (some) => {
        const text = enrichersText(some);
        expect(parseEnrichers(some.join(','))).toEqual(parseEnrichers(text));
        expect(new Set(parseEnrichers(text))).toEqual(new Set(some));
      }),
    );
    expect(enrichersText([])).toBe('none');
    expect(parseEnrichers('none')).toEqual([]);
    expect(parseEnrichers('ssh,ssh')).toEqual(['ssh']);
    for (const text of ['', 'http', 'ssh,', 'none,ssh']) expect(parseEnrichers(text)).toBeUndefined();
  });
});
