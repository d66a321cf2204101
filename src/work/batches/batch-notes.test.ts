import { describe, expect, it } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import type { HostResponse, Impostor, MethodStatus } from '#net/probe/hosts/host-response.js';
import type { Note } from '#scan/engine/observation-note.js';
import { withNotes } from '#work/batches/batch-notes.js';
import type { BatchRecord } from '#work/batches/batch-record.js';

const at = (ms: number) => new Date(ms);
const RECORD: BatchRecord = {
  first: 0,
  end: 10,
  probesSent: 10,
  probesAnswered: 10,
  listed: [],
  covered: [],
  coveredPorts: 10,
  skipped: 0,
  evidence: [
    { address: '198.18.0.1', reason: 'rst', observedAt: at(200), position: 4, firstSeen: at(150) },
    { address: '198.18.0.2', reason: 'rst', observedAt: at(90), position: 5, firstSeen: at(90) },
  ],
  observedFrom: at(90),
  observedTo: at(200),
};

function seen(text: string, more: Partial<HostResponse> = {}): HostResponse {
  const address = parseAddress(text) ?? expect.fail(`${text} is no address`);
  return { address, reason: 'echo-reply', roundTripMicroseconds: 7, observedAtMs: 100, ...more };
}

function discovery(
  observations: readonly HostResponse[],
  impostors: Impostor[] = [],
  methodStatuses: MethodStatus[] = [],
): Note {
  const unresponsiveRanges = [{ family: 4, first: 0xc6_12_03_00n, last: 0xc6_12_03_02n } as const];
  const events = { observations, impostors, lacks: [], methodStatuses, unresponsiveRanges, beganAtMs: 40 };
  return { kind: 'discovery', position: 2, events };
}

function vendorsOf(mac: string): string[] {
  return (withNotes(RECORD, [discovery([seen('198.18.0.3', { mac })])]).findings ?? [])
    .filter(({ fact }) => fact === 'vendor')
    .map(({ value, reason }) => `${value} by ${reason}`);
}

describe('withNotes', () => {
  it('returns a record without notes unchanged', () => {
    expect(withNotes(RECORD, [])).toBe(RECORD);
  });

  it('merges the evidence of a discovery run and of port responses into one per host, the newest', () => {
    const { evidence } = withNotes(RECORD, [
      discovery([seen('198.18.0.1'), seen('198.18.0.2'), seen('198.18.0.3', { reason: 'arp-response' })]),
    ]);
    const roundTrips = { count: 1, sumUs: 7, minUs: 7, maxUs: 7 };
    expect(evidence).toEqual([
      {
        address: '198.18.0.1',
        reason: 'rst',
        observedAt: at(200),
        position: 4,
        firstSeen: at(100),
        roundTrips,
      },
      {
        address: '198.18.0.2',
        reason: 'echo-reply',
        observedAt: at(100),
        position: 2,
        firstSeen: at(90),
        roundTrips,
      },
      {
        address: '198.18.0.3',
        reason: 'arp-response',
        observedAt: at(100),
        position: 2,
        firstSeen: at(100),
        roundTrips,
      },
    ]);
  });

  it('creates no host from a name, a response of a router or a response of an impostor', () => {
    const doubtful = (['ptr-record', 'host-unreach', 'ttl-exceeded', 'answers-all', 'tarpit'] as const).map(
      (reason, index) => seen(`198.18.1.${index}`, { reason, names: ['a.test'] }),
    );
    const { evidence, findings } = withNotes(RECORD, [discovery(doubtful)]);
    expect(evidence).toEqual(RECORD.evidence);
    expect(findings).toHaveLength(doubtful.length);
  });

  it('keeps hardware addresses and names, with how they became known', () => {
    const { findings } = withNotes(RECORD, [
      discovery([
        seen('198.18.0.3', {
          reason: 'arp-response',
          mac: '02:00:00:00:00:03',
          names: ['', 'c.test', 'd.test'],
        }),
      ]),
    ]);
    const host = { address: '198.18.0.3', protocol: null, port: null, observedAt: at(100) };
    expect(findings).toEqual([
      { ...host, fact: 'mac_address', value: '02:00:00:00:00:03', reason: 'arp-response' },
      { ...host, fact: 'hostname', value: 'c.test', reason: 'PTR' },
    ]);
  });

  it('names the vendor of an address that was assigned, and of no other', () => {
    expect(vendorsOf('00:00:00:12:34:56')).toEqual(['XEROX CORPORATION by OUI']);
    expect(vendorsOf('02:00:00:12:34:56')).toEqual([]);
  });

  it('keeps the same one of several names, in whatever order the resolver returns them', () => {
    const orders = [
      ['b.test', 'a.test', 'c.test'],
      ['c.test', 'b.test', 'a.test'],
    ];
    const kept = orders.map(
      (names) => withNotes(RECORD, [discovery([seen('198.18.0.3', { names })])]).findings?.[0]?.value,
    );
    expect(kept).toEqual(['a.test', 'a.test']);
  });

  it('reports impostors and methods that could not be used', () => {
    const range = { family: 4, first: 0xc6_12_02_00n, last: 0xc6_12_02_ffn } as const;
    const reported = { range, answered: 250, probed: 256 };
    const { warnings } = withNotes(RECORD, [
      discovery(
        [],
        [
          { kind: 'proxy-arp', signature: '02:00:00:00:00:fe', ...reported },
          { kind: 'answers-all', signature: 'ttl 63', ...reported },
        ],
        [
          { method: 'arp', family: 4, missing: 'EPERM' },
          { method: 'tcp', family: 4, transport: 'connect' },
        ],
      ),
    ]);
    const counts = { answered: 250, probed: 256 };
    expect(warnings).toEqual([
      { kind: 'proxy-arp', subject: '198.18.2.0/24', detail: '02:00:00:00:00:fe', counts },
      { kind: 'answers-for-all', subject: '198.18.2.0/24', detail: 'ttl 63', counts },
      { kind: 'method-missing', subject: 'arp IPv4', detail: 'EPERM', counts: null },
    ]);
  });

  it('reports addresses that could not be probed, with the reason', () => {
    const range = { family: 4, first: 0xc6_12_02_00n, last: 0xc6_12_02_ffn } as const;
    const note = discovery([]);
    if (note.kind !== 'discovery') expect.fail('is no note of a discovery run');
    const lacks = [{ code: 'ENETUNREACH', range }];
    const { warnings } = withNotes(RECORD, [{ ...note, events: { ...note.events, lacks } }]);
    expect(warnings).toEqual([
      { kind: 'not-probed', subject: 'ENETUNREACH', detail: '198.18.2.0/24', counts: null },
    ]);
  });

  it('keeps warnings about addresses that positions could not probe', () => {
    const warning = {
      kind: 'not-probed',
      subject: 'ENETDOWN',
      detail: '198.18.2.0/24',
      counts: null,
    } as const;
    const known = { ...RECORD, warnings: [warning], partial: 'The network is down.' };
    const stored = withNotes(known, [discovery([])]);
    expect(stored.warnings).toContainEqual(warning);
    expect(stored.partial).toBe('The network is down.');
  });

  it('keeps addresses without response, since the start of probing', () => {
    const { unresponsive } = withNotes(RECORD, [discovery([])]);
    expect(unresponsive).toEqual([{ first: '198.18.3.0', last: '198.18.3.2', observedAt: at(40) }]);
  });

  it('keeps the first reason why the scan is partial', () => {
    const notes = ['nmap died.', 'It died again.'].map(
      (sentence): Note => ({ kind: 'partial', position: 1, sentence }),
    );
    expect(withNotes(RECORD, notes).partial).toBe('nmap died.');
  });
});
