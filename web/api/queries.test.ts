import { expect, it } from 'vitest';
import type { Scan } from '#contract/scans/scan.js';
import { scanOf } from '../../test/support/scans/scan-view.ts';
import { scanDiffQuery } from './queries.ts';

const EARLIER = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e48';
const keyOf = (changes: Partial<Scan>) => scanDiffQuery(scanOf(changes), { against: EARLIER }).queryKey;

it('asks anew what changed once a scan that was stopped has gone on to its end', () => {
  const stopped = keyOf({ status: 'cancelled', completed_at: '2026-11-23T10:00:02.600Z' });
  expect(keyOf({ status: 'cancelled', completed_at: '2026-11-23T10:00:02.600Z' })).toEqual(stopped);
  expect(keyOf({ status: 'cancelled', completed_at: '2026-11-23T10:00:05.000Z' })).not.toEqual(stopped);
  expect(keyOf({ status: 'completed', completed_at: '2026-11-23T10:00:05.000Z' })).not.toEqual(stopped);
});
