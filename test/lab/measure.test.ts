import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '#domain/addresses/address.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { parseTargets } from '#domain/targets/targets.js';
import { chunkOf } from '#scan/results/completed-chunk.js';
import { judge, pooled, precisionOf, recallOf } from './measure.ts';
import { addressText } from './support/ip-packet.ts';
import { readChunks, readNmap } from './support/observations.ts';
import { EXCLUDED, HOSTS, hostNamed, mannerOf } from './support/truth.ts';
import { type Arrival, arrivalsOf, mostWithin, shortestSpanMs } from './support/witness.ts';

const QUESTION = { hosts: [hostNamed('walled')], ports: '79-80' };

describe('a verdict', () => {
  const base = { protocol: 'tcp', reason: 'syn-ack', state: 'open' } as const;
  const verdict = judge(QUESTION, 'syn', {
    observations: [79, 80, 80, 81].map((port) => ({ ...base, port, address: '198.18.0.11' })),
    hostsUp: new Set(['198.18.0.99']),
  });

  it('counts mistakes in each direction', () => {
    expect(verdict.mistakes).toEqual([
      '198.18.0.11 79/tcp is open (syn-ack) and not filtered (no-response)',
      '198.18.0.11 80/tcp is reported twice',
      '198.18.0.11 81/tcp is reported and was not probed',
      'fd00:18::11 79/tcp is not reported',
      'fd00:18::11 80/tcp is not reported',
      '198.18.0.11 is up, and not reported so',
      'fd00:18::11 is up, and not reported so',
      '198.18.0.99 is reported up, and is not',
    ]);
  });

  it('counts by state, also over several runs', () => {
    expect(verdict.tallies).toEqual([
      { state: 'open', expected: 2, reported: 3, right: 1 },
      { state: 'filtered', expected: 2, reported: 0, right: 0 },
    ]);
    const [open] = pooled([verdict, verdict]).tallies;
    expect(open).toEqual({ state: 'open', expected: 4, reported: 6, right: 2 });
    expect(open === undefined ? [] : [recallOf(open), precisionOf(open)]).toEqual([1 / 2, 1 / 3]);
  });

  it('is the same from what an engine yields and from what nmap writes', () => {
    const plan = createPlan({
      targets: parseTargets(['198.18.0.11']).addresses,
      ports: parsePorts('79-80'),
      seed: 1n,
    });
    const completed = [0, 1].map((position) => {
      const probe = plan.locate(position);
      const outcome =
        probe.port === 80
          ? ({ state: 'open', reason: 'syn-ack' } as const)
          : ({ state: 'filtered', reason: 'no-response' } as const);
      return { position, probe, attempts: 1, observedAtMs: 0, outcome };
    });
    const xml = `<nmaprun><host><address addr="198.18.0.11" addrtype="ipv4"/>
      <address addr="AA:BB:CC:DD:EE:FF" addrtype="mac"/><ports>
      <extraports state="filtered" count="1"><extrareasons reason="no-response" proto="tcp" ports="79"/></extraports>
      <port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/></port></ports></host></nmaprun>`;
    const own = judge(QUESTION, 'syn', readChunks([chunkOf(completed)], plan));
    expect(own).toEqual(judge(QUESTION, 'syn', readNmap(xml)));
    expect(own.mistakes).toEqual([
      'fd00:18::11 79/tcp is not reported',
      'fd00:18::11 80/tcp is not reported',
    ]);
  });
});

describe('the truth', () => {
  it('has one entry for each address, written as the product writes it, inside the nets of the lab', () => {
    const addresses = [...HOSTS, ...EXCLUDED].flatMap((host) => host.addresses);
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const address of addresses) {
      const parsed = parseAddress(address);
      expect(parsed === undefined ? undefined : formatAddress(parsed)).toBe(address);
      expect(address).toMatch(/^(198\.1[89]\.|fd)/);
    }
  });

  it('lets one impostor answer on nine of ten ports', () => {
    const host = hostNamed('answers on 90 % of the ports');
    const answered = Array.from({ length: 1_000 }, (_, at) => mannerOf(host, 'tcp', at + 1));
    expect(answered.filter((manner) => manner === 'answers-all')).toHaveLength(900);
  });
});

describe('the witness', () => {
  it('writes addresses as the product does', () => {
    const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 });
    const bytes = fc.oneof(sparse, fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }));
    fc.assert(
      fc.property(bytes, (list) => {
        const value = list.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
        fc.pre(value >> 32n !== 0xffffn);
        const text = addressText({ family: 6, destination: Uint8Array.from(list) });
        expect(text).toBe(formatAddress({ family: 6, value }));
      }),
    );
  });

  it('reads a capture, truncated at any byte', () => {
    const capture = Buffer.from(
      'd4c3b2a1020004000000000000000000600000000100000064000000a08601002a0000002a000000' +
        'ffffffffffff0200000000010806000108000604000102000000000' +
        '1c6120001000000000000c612000f',
      'hex',
    );
    expect(arrivalsOf(capture)).toEqual([
      { atMs: 100_100, address: '198.18.0.15', protocol: 'other', port: 0, isProbe: false },
    ]);
    for (let end = 0; end < capture.length; end += 1)
      expect(arrivalsOf(capture.subarray(0, end))).toEqual([]);
  });

  it('finds the fullest window and the shortest span of a number of packets, as a brute-force search does', () => {
    const times = fc.array(fc.nat(300), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 200 }), (list, spanMs) => {
        const arrivals = list.map(
          (atMs): Arrival => ({ atMs, address: '', protocol: 'tcp', port: 1, isProbe: true }),
        );
        const within = (fromMs: number) =>
          list.filter((atMs) => atMs >= fromMs && atMs < fromMs + spanMs).length;
        const most = mostWithin(spanMs, arrivals);
        expect(most).toBe(Math.max(...list.map(within)));
        expect(shortestSpanMs(most + 1, arrivals)).toBeGreaterThanOrEqual(spanMs);
        expect(shortestSpanMs(most, arrivals)).toBeLessThan(spanMs);
      }),
    );
  });
});
