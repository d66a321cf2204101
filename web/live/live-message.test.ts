import { describe, expect, it } from 'vitest';
import type { Scan, ScanList } from '#contract/scans/scan.js';
import { RUNNING, scanOf } from '../../test/support/scans/scan-view.ts';
import { broughtEvents, listsAreStale, listWithScan } from './live-message.ts';

const scan = (changes: Partial<Scan> = {}): Scan => scanOf({ ...RUNNING, ...changes });

function listOf(...data: Scan[]): ScanList {
  return { data, pagination: { page: 1, page_size: 50, total_items: data.length, total_pages: 1 } };
}
const OTHER = '00000000-0000-4000-8000-000000000002';

describe('listWithScan', () => {
  it('puts the new state in the old one’s place and leaves the rest alone', () => {
    const other = scan({ id: OTHER });
    const before = listOf(other, scan());
    const after = listWithScan(before, scan({ hosts_up: 7 }));
    expect(after.data.map((known) => known.hosts_up)).toEqual([1, 7]);
    expect(after.data[0]).toBe(other);
    expect(after.pagination).toBe(before.pagination);
  });

  it('returns the very same list when the scan is not in it', () => {
    const before = listOf(scan());
    expect(listWithScan(before, scan({ id: OTHER }))).toBe(before);
  });
});

describe('listsAreStale', () => {
  it('asks again for a scan no list shows and for one whose status moved', () => {
    expect(listsAreStale([listOf(scan())], scan({ id: OTHER }))).toBe(true);
    expect(listsAreStale([listOf(scan())], scan({ status: 'completed' }))).toBe(true);
  });

  it('asks again for a scan that was deleted', () => {
    const deleted = scan({ deleted_at: '2026-11-23T11:00:00Z' });
    expect(listsAreStale([listOf(scan())], deleted)).toBe(true);
  });

  it('does not for progress alone', () => {
    expect(listsAreStale([listOf(scan())], scan({ hosts_up: 9 }))).toBe(false);
  });
});

describe('broughtEvents', () => {
  it('is false for a repeated message and true for anything that moved', () => {
    expect(broughtEvents(scan(), scan())).toBe(false);
    expect(broughtEvents(undefined, scan())).toBe(true);
    expect(broughtEvents(scan(), scan({ status: 'failed' }))).toBe(true);
    expect(broughtEvents(scan(), scan({ open_ports: 3 }))).toBe(true);
    expect(
      broughtEvents(
        scan(),
        scan({ progress: { percent: 20, positions: 1_000, completed: 200, skipped: 0 } }),
      ),
    ).toBe(true);
  });
});
