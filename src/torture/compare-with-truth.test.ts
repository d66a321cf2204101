import { expect, test } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import type { StoredBatch } from '#store/scans/scan-evidence.js';
import { type Evidence, judge } from '#torture/compare-with-truth.js';

const ADDRESS = '127.93.0.1';
const PORT = 10_005;
const PLAN = { targets: AddressSet.parse([ADDRESS]), ports: parsePorts('10000-10099'), seed: 5n };
const COMMITTED_MS = 1_000_000;

function batch(seq: number, [first, end]: readonly [number, number], token = 1): StoredBatch {
  return { shardId: 1, seq, token, first, end, recordedAt: new Date(COMMITTED_MS) };
}

/** One scan that went well: a listener that was asked once and is stored once, in two batches. */
function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    truth: {
      targets: [ADDRESS],
      firstPort: 10_000,
      lastPort: 10_099,
      positions: 100,
      listening: [{ address: ADDRESS, port: PORT }],
      decoys: [],
      packetsPerSecond: 100,
      durationMs: 1_000,
    },
    listeners: [{ address: ADDRESS, port: PORT, probedAtMs: [COMMITTED_MS - 50] }],
    foreign: new Set(),
    plan: PLAN,
    ports: [{ address: ADDRESS, port: PORT, state: 'open', rows: 1 }],
    batches: [batch(0, [0, 60]), batch(1, [60, 100])],
    ...changes,
  };
}

const faultsOf = (changes: Partial<Evidence>) => judge(evidence(changes)).faults;

test('a scan that went well', () => {
  expect(judge(evidence())).toEqual({ faults: [], probedAgain: 0, listeners: 1, batches: 2 });
});

test.each<[string, Partial<Evidence>, RegExp]>([
  ['a port that is not stored', { ports: [] }, /^lost: 127\.93\.0\.1:10005 /],
  [
    'a port that is stored as something else',
    { ports: [{ address: ADDRESS, port: PORT, state: 'filtered', rows: 1 }] },
    /^lost: /,
  ],
  [
    'a port that is stored twice',
    { ports: [{ address: ADDRESS, port: PORT, state: 'open', rows: 2 }] },
    /^twice: /,
  ],
  [
    'a batch that is missing',
    { batches: [batch(0, [0, 60]), batch(2, [70, 100])] },
    /^gap: batch 2 begins at 70/,
  ],
  [
    'a batch that overlaps',
    { batches: [batch(0, [0, 60]), batch(1, [50, 100])] },
    /^gap: batch 1 begins at 50/,
  ],
  ['an end that is missing', { batches: [batch(0, [0, 60])] }, /^ledger: 60 of 100 /],
  [
    'a batch of a holder that had lost its lease',
    { batches: [batch(0, [0, 60], 2), batch(1, [60, 100], 1)] },
    /^fencing: batch 1 was written under token 1 after one under 2/,
  ],
])('%s is told', (_what, changes, reported) => {
  expect(faultsOf(changes)).toContainEqual(expect.stringMatching(reported));
});

test('a port that nobody listens on is told, unless another program does on every address', () => {
  const invented = { address: ADDRESS, port: 10_050, state: 'open', rows: 1 };
  const ports = [...evidence().ports, invented];
  expect(faultsOf({ ports })).toEqual(['invented: 127.93.0.1:10050 is stored']);
  expect(faultsOf({ ports, foreign: new Set([10_050]) })).toEqual([]);
});

test('asking again is counted, and told where the answer had been committed by the first holder', () => {
  const probed = (lastMs: number) => [
    { address: ADDRESS, port: PORT, probedAtMs: [COMMITTED_MS - 50, lastMs] },
  ];
  expect(judge(evidence({ listeners: probed(COMMITTED_MS - 10) }))).toMatchObject({
    faults: [],
    probedAgain: 1,
  });
  expect(faultsOf({ listeners: probed(COMMITTED_MS + 500) })).toEqual([
    'begun anew: 127.93.0.1:10005 was asked again 500 ms after its answer was committed',
  ]);
  // What a successor commits may still be asked by the one before, which stood still and does not know it yet.
  const successors = [batch(0, [0, 60], 2), batch(1, [60, 100], 2)];
  expect(faultsOf({ listeners: probed(COMMITTED_MS + 500), batches: successors })).toEqual([]);
});
