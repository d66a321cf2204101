import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMPLETENESS_FRESH_MS,
  COMPLETENESS_PARTS,
  completenessOf,
  type HostEvidence,
  isMoreThanAddress,
  POINTS_PER_PART,
  RECENTLY_SEEN_MS,
} from '#domain/hosts/completeness.js';

const NOW_MS = Date.parse('2026-11-25T12:00:00Z');
const NOTHING: HostEvidence = {
  hasSystem: false,
  openPorts: 0,
  freshTcp: 0,
  freshUdp: 0,
  namedTcp: 0,
  namedUdp: 0,
  wasExamined: false,
  hasName: false,
  hasAssignedMac: false,
  hasKey: false,
  lastSeenMs: NOW_MS - 365 * 86_400_000,
};
const scoreOf = (evidence: Partial<HostEvidence>) =>
  completenessOf({ ...NOTHING, ...evidence }, NOW_MS).score;

describe('the knowledge score', () => {
  it.each<[string, Partial<HostEvidence>, number]>([
    ['nothing but that it was there once', {}, 0],
    ['its system', { hasSystem: true }, 20],
    ['a name', { hasName: true }, 20],
    ['a hardware address that stays', { hasAssignedMac: true }, 20],
    ['a key or a certificate', { hasKey: true }, 20],
    ['a name and a hardware address, which are one part', { hasName: true, hasAssignedMac: true }, 20],
    ['open ports that were seen long ago', { openPorts: 3 }, 0],
    ['a fresh open port', { openPorts: 1, freshTcp: 1 }, 20],
    [
      'fresh ports, one of three with its service',
      { openPorts: 3, freshTcp: 2, freshUdp: 1, namedTcp: 1 },
      26,
    ],
    [
      'fresh ports with all services',
      { openPorts: 2, freshTcp: 1, freshUdp: 1, namedTcp: 1, namedUdp: 1 },
      40,
    ],
    ['that no port is open', { wasExamined: true }, 40],
    ['old open ports which a look did not find again', { openPorts: 1, wasExamined: true }, 0],
    ['seen just now', { lastSeenMs: NOW_MS }, 20],
    ['seen a week ago', { lastSeenMs: NOW_MS - RECENTLY_SEEN_MS }, 20],
    ['seen longer than a week ago', { lastSeenMs: NOW_MS - RECENTLY_SEEN_MS - 1 }, 10],
    ['seen a month ago', { lastSeenMs: NOW_MS - COMPLETENESS_FRESH_MS }, 10],
    ['seen longer than a month ago', { lastSeenMs: NOW_MS - COMPLETENESS_FRESH_MS - 1 }, 0],
  ])('counts %s', (_what, evidence, score) => {
    expect(scoreOf(evidence)).toBe(score);
  });

  const evidences = fc
    .record({
      hasSystem: fc.boolean(),
      stale: fc.nat(3),
      namedTcp: fc.nat(4),
      namedUdp: fc.nat(4),
      unnamedTcp: fc.nat(4),
      unnamedUdp: fc.nat(4),
      wasExamined: fc.boolean(),
      hasName: fc.boolean(),
      hasAssignedMac: fc.boolean(),
      hasKey: fc.boolean(),
      ageDays: fc.nat(60),
    })
    .map(({ stale, unnamedTcp, unnamedUdp, ageDays, ...reported }): HostEvidence => {
      const [freshTcp, freshUdp] = [reported.namedTcp + unnamedTcp, reported.namedUdp + unnamedUdp];
      const openPorts = stale + freshTcp + freshUdp;
      return { ...reported, freshTcp, freshUdp, openPorts, lastSeenMs: NOW_MS - ageDays * 86_400_000 };
    });

  /** Everything that can be learnt of what is known to be there. */
  const lessons: readonly ((known: HostEvidence) => HostEvidence)[] = [
    (known) => ({ ...known, hasSystem: true }),
    (known) => ({ ...known, hasName: true }),
    (known) => ({ ...known, hasAssignedMac: true }),
    (known) => ({ ...known, hasKey: true }),
    (known) => ({ ...known, wasExamined: true }),
    (known) => ({ ...known, lastSeenMs: NOW_MS }),
    (known) => ({ ...known, namedTcp: Math.min(known.freshTcp, known.namedTcp + 1) }),
    (known) => ({ ...known, namedUdp: Math.min(known.freshUdp, known.namedUdp + 1) }),
  ];

  it('is the sum of five parts of at most twenty points, and never falls by what is learnt', () => {
    fc.assert(
      fc.property(evidences, fc.constantFrom(...lessons), (known, learn) => {
        const before = completenessOf(known, NOW_MS);
        expect(before.parts.map(({ part }) => part)).toEqual([...COMPLETENESS_PARTS]);
        for (const { points } of before.parts) {
          expect(points).toBeGreaterThanOrEqual(0);
          expect(points).toBeLessThanOrEqual(POINTS_PER_PART);
        }
        expect(before.score).toBe(before.parts.reduce((sum, { points }) => sum + points, 0));
        expect(completenessOf(learn(known), NOW_MS).score).toBeGreaterThanOrEqual(before.score);
      }),
    );
  });

  it('falls by time alone, never rises', () => {
    fc.assert(
      fc.property(evidences, fc.nat(90), (known, days) => {
        const later = completenessOf(known, NOW_MS + days * 86_400_000).score;
        expect(later).toBeLessThanOrEqual(completenessOf(known, NOW_MS).score);
      }),
    );
  });
});

describe('a name', () => {
  it.each([
    'printer',
    'web-01.example',
    'pc7.office.example',
    'DESKTOP-4F2A9C',
    'n1',
    'hostel.example',
    'ipad',
  ])('%s says more than an address', (name) => {
    expect(isMoreThanAddress(name)).toBe(true);
  });
  it.each([
    'localhost',
    'localhost.localdomain',
    'ip-198-18-0-7.example',
    'dhcp-44.example',
    'HOST12.example',
    'client.example',
    '198.18.0.7',
    '44.example',
    'pc-198-18-0-7.example',
    'fixed.198x18x0x7.example',
  ])('%s does not', (name) => {
    expect(isMoreThanAddress(name)).toBe(false);
  });
});
