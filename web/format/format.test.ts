import { describe, expect, it } from 'vitest';
import { parsePorts } from '#domain/ports/ports.js';
import { formatAgo, formatLocal } from './instant.ts';
import { countOf, formatCount, formatPercent } from './number.ts';
import { openOnText, portsSummary, scanTitle, targetsSummary } from './scan-text.ts';
import { workText } from './work-text.ts';

describe('numbers', () => {
  it('groups digits, also of counts too large for a JSON number', () => {
    expect(formatCount(256_000)).toBe('256,000');
    expect(formatCount('18446744073709551616')).toBe('18,446,744,073,709,551,616');
  });

  it('says one thing in the singular', () => {
    expect([countOf(0, 'host'), countOf('1', 'address', 'addresses'), countOf(2, 'host')]).toEqual([
      '0 hosts',
      '1 address',
      '2 hosts',
    ]);
  });

  it('never rounds an unfinished scan up to done, nor a begun one down to nothing', () => {
    expect([0, 0.001, 42.04, 99.99, 100].map(formatPercent)).toEqual([
      '0 %',
      '0.1 %',
      '42.0 %',
      '99.9 %',
      '100 %',
    ]);
  });
});

describe('workText', () => {
  const started_at = '2026-11-23T10:00:00Z';
  const nowMs = Date.parse('2026-11-23T10:01:00Z');

  it('measures to the end or to now, without the time in which nobody was at work', () => {
    const running = { status: 'running', started_at, completed_at: null, idle_seconds: 0 } as const;
    expect(workText(running, nowMs)).toBe('1m 00s');
    expect(workText({ ...running, idle_seconds: 20 }, nowMs)).toBe('40s');
    expect(
      workText({ ...running, status: 'completed', completed_at: '2026-11-23T10:00:00.011Z' }, nowMs),
    ).toBe('11ms');
  });

  it('is silent of a scan that waits, and where it is not known', () => {
    const waiting = { status: 'pending', started_at, completed_at: null, idle_seconds: 0 } as const;
    expect(workText(waiting, nowMs)).toBe('–');
    expect(workText({ ...waiting, status: 'running', idle_seconds: null }, nowMs)).toBe('–');
  });
});

describe('formatAgo', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  it.each([
    ['2026-11-23T11:59:58Z', '< 1 min ago'],
    ['2026-11-23T12:00:09Z', '< 1 min ago'],
    ['2026-11-23T11:59:00Z', '1 min ago'],
    ['2026-11-23T11:54:10Z', '5 min ago'],
    ['2026-11-23T08:10:00Z', '3 h ago'],
    ['2026-11-20T08:00:00Z', '3 d ago'],
    ['2026-01-05T12:00:00Z', '5 Jan 2026'],
  ])('%s is %s', (time, text) => {
    expect(formatAgo(time, now)).toBe(text);
  });
});

describe('formatLocal', () => {
  it('writes an instant as the command line does', () => {
    expect(formatLocal('2026-11-23T23:27:05.900Z')).toBe(
      new Date('2026-11-23T23:27:05.900Z').toLocaleString('sv-SE'),
    );
  });
});

describe('scan text', () => {
  it('prefers the name a person gave', () => {
    expect(scanTitle({ name: 'Lab', targets: ['127.0.0.1'] })).toBe('Lab');
    expect(scanTitle({ name: null, targets: ['127.0.0.1', '127.0.0.2', '::1'] })).toBe(
      '127.0.0.1 and 2 more',
    );
  });

  it('shortens targets', () => {
    expect(targetsSummary(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
    expect(targetsSummary(['a', 'b'], 2)).toBe('a, b');
  });

  it('shows few ports and counts many', () => {
    expect(portsSummary('22')).toBe('port 22');
    expect(portsSummary('22,80')).toBe('ports 22, 80');
    expect(portsSummary('1-65535')).toBe('ports 1-65535');
    expect(portsSummary('T:1,5,7,9,11,13,17-23,37,42-43,49,53,U:53')).toBe('19 ports');
    expect(portsSummary(parsePorts('top-1000').toString())).toBe('1,000 ports');
  });

  it('cuts a long list that it cannot count', () => {
    expect(portsSummary('ssh,'.repeat(100))).toHaveLength('ports '.length + 33);
  });
});

describe('openOnText', () => {
  it.each([
    [{ open: 1, shown: 6 }, false, 'Open on 1 of 6 hosts'],
    [{ open: 6, shown: 6 }, false, 'Open on 6 hosts'],
    [{ open: 1, shown: 1 }, false, 'Open on 1 host'],
    [{ open: 0, shown: 3 }, false, 'Open on 3 hosts'],
    [{ open: 12, shown: 50 }, true, 'Open on 12 of 50 hosts of this page'],
  ])('%o is told as it is', (hosts, isOnePageOfMore, text) => {
    expect(openOnText(hosts, isOnePageOfMore)).toBe(text);
  });
});
