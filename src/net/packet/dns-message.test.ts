import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DNS_TYPE, decodeDnsResponse, encodeDnsQuery } from '#net/packet/dns-message.js';
import { isPacketError, PacketError } from '#net/packet/packet-error.js';
import { dnsResponse } from '../../../test/support/network/dns-response.ts';
import { repetitions } from '../../../test/support/repetitions.ts';

const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 8 }).map((labels) => labels.join('.'));
const question = name.map((text) => ({ name: text, type: DNS_TYPE.ptr }));

describe('a DNS response', () => {
  test('tells the names of the query it answers', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), question, fc.array(name, { maxLength: 4 }), (identifier, probed, names) => {
        const response = decodeDnsResponse(dnsResponse(encodeDnsQuery(identifier, probed), { names }));
        expect(response).toEqual({
          identifier,
          responseCode: 0,
          isTruncated: false,
          question: probed,
          pointers: names,
        });
      }),
    );
  });

  test('is no query', () => {
    expect(decodeDnsResponse(encodeDnsQuery(1, { name: 'a', type: 12 }))).toEqual(
      new PacketError('unsupported', 2),
    );
  });

  test('cut off or changed is read or refused, and never followed for ever', () => {
    const complete = dnsResponse(encodeDnsQuery(7, { name: '1.0.18.198.in-addr.arpa', type: 12 }), {
      names: ['host.example', 'other.example'],
    });
    for (let length = 0; length < complete.length; length++) {
      expect(isPacketError(decodeDnsResponse(complete.subarray(0, length)))).toBe(true);
    }
    const change = fc.record({ at: fc.nat(complete.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(complete);
        for (const { at, value } of changes) bytes[at] = value;
        decodeDnsResponse(bytes);
      }),
      { numRuns: repetitions(4_000, 100_000) },
    );
    const loop = Uint8Array.from(complete);
    loop.set([0xc0, 12], 12);
    expect(decodeDnsResponse(loop)).toEqual(new PacketError('too-many-headers', 12));
  });

  test('shows nothing that a terminal would obey', () => {
    const query = encodeDnsQuery(7, { name: 'a', type: 12 });
    const response = decodeDnsResponse(dnsResponse(query, { names: ['\u001b[2Jx y'] }));
    expect(response).toMatchObject({ pointers: ['\\027\\0912Jx\\032y'] });
  });

  test('has no question that is no name', () => {
    for (const text of ['', 'a..b', 'x'.repeat(64), Array.from({ length: 140 }, () => 'a').join('.')]) {
      expect(() => encodeDnsQuery(1, { name: text, type: 12 })).toThrow(RangeError);
    }
  });
});
