import { describe, expect, it } from 'vitest';
import type { ScanChange } from '#contract/scans/diff.js';
import { formatLocal } from '../../format/instant.ts';
import { changeText, countTexts, isUnreported, markOf, notComparedText } from './change-text.ts';

const counts = {
  hosts_new: 0,
  hosts_not_seen: 0,
  hosts_changed: 0,
  ports_opened: 0,
  ports_closed: 0,
  ports_changed: 0,
  services_changed: 0,
};
const at = '2026-11-24T18:00:00.000Z';
const change: ScanChange = {
  kind: 'port_opened',
  ip: '198.18.0.1',
  host_id: null,
  protocol: 'tcp',
  ports: '22',
  count: 1,
  old: 'filtered',
  new: 'open',
};
const ofHost = { ...change, protocol: null, ports: null, old: null, new: null };

describe('what changed, in words', () => {
  it.each<[ScanChange, string, string]>([
    [change, '+', '22/tcp: filtered → open'],
    [{ ...change, kind: 'port_closed', old: 'open', new: 'closed' }, '−', '22/tcp: open → closed'],
    [
      { ...change, kind: 'service_changed', old: 'http', new: 'http nginx' },
      '~',
      '22/tcp service: http → http nginx',
    ],
    [{ ...ofHost, kind: 'host_new', count: 2 }, '+', 'new host, 2 open ports'],
    [{ ...ofHost, kind: 'host_not_seen', count: 1 }, '−', 'not seen any more, before with 1 open port'],
    [{ ...ofHost, kind: 'host_new', count: 0 }, '+', 'new host'],
    [
      { ...ofHost, kind: 'host_new', count: 0, known: { first_seen: at, status: 'down', since: at } },
      '+',
      `seen again, down since ${formatLocal(at)}`,
    ],
    [
      { ...ofHost, kind: 'name_changed', count: 1, old: 'a.test', new: 'b.test' },
      '~',
      'name: a.test → b.test',
    ],
  ])('%j', (row, mark, texts) => {
    expect([markOf(row), changeText(row)]).toEqual([mark, texts]);
  });

  it('counts what there is, and says when there is nothing', () => {
    expect(countTexts({ ...counts, hosts_new: 1, ports_closed: 1_200 })).toBe(
      '1 new host, 1,200 ports closed',
    );
    expect(countTexts({ ...counts, hosts_new: 3 }, 1)).toBe('2 new hosts, 1 host seen again');
    expect(countTexts(counts)).toBe('Nothing changed in what both scans probed');
    const isNew = { ...counts, hosts_new: 1 };
    expect([{ counts }, { counts: isNew }, { counts: isNew, hosts_back: 0 }].map(isUnreported)).toEqual([
      false,
      true,
      false,
    ]);
  });
});

it.each([
  [1, 0, 'Not compared: 1 port that only the earlier scan probed.'],
  [0, 2, 'Not compared: 2 ports that only this scan probed.'],
  [1_000, 1, 'Not compared: 1,000 ports that only the earlier scan probed, 1 that only this one did.'],
])('of %d and %d that one scan alone asked those are told that there are', (earlier, own, text) => {
  expect(notComparedText({ earlier, own }, ['port', 'ports'])).toBe(text);
});
