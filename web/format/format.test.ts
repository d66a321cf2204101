import { describe, expect, it } from 'vitest';
import { formatDuration, secondsBetween } from './duration.ts';
import { formatAgo } from './instant.ts';
import { countOf, formatCount, formatPercent } from './number.ts';
import { portsSummary, scanTitle, targetsSummary } from './scan-text.ts';

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

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [0.42, '0.4 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [256, '4 min 16 s'],
    [3_599.7, '1 h'],
    [3_840, '1 h 4 min'],
    [90_000, '1 d 1 h'],
    [-3, '0 s'],
  ])('%f seconds is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('measures to the end, to now without one, and never below zero', () => {
    const start = '2026-11-23T10:00:00Z';
    expect(secondsBetween(start, '2026-11-23T10:00:05Z', 0)).toBe(5);
    expect(secondsBetween(start, null, Date.parse('2026-11-23T10:01:00Z'))).toBe(60);
    expect(secondsBetween(start, null, Date.parse('2026-11-23T09:59:00Z'))).toBe(0);
  });
});

describe('formatAgo', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  it.each([
    ['2026-11-23T11:59:58Z', 'just now'],
    ['2026-11-23T12:00:09Z', 'just now'],
    ['2026-11-23T11:59:30Z', '30 s ago'],
    ['2026-11-23T11:54:10Z', '5 min ago'],
    ['2026-11-23T08:10:00Z', '3 h ago'],
    ['2026-11-20T08:00:00Z', '3 d ago'],
    ['2026-01-05T12:00:00Z', '5 Jan 2026'],
  ])('%s is %s', (instant, text) => {
    expect(formatAgo(instant, now)).toBe(text);
  });
});

describe('scan text', () => {
  it('prefers the name a person gave', () => {
    expect(scanTitle({ name: 'Lab', targets: ['127.0.0.1'] })).toBe('Lab');
    expect(scanTitle({ name: null, targets: ['127.0.0.1', '127.0.0.2', '::1'] })).toBe(
      '127.0.0.1 and 2 more',
    );
  });

  it('shortens targets and ports', () => {
    expect(targetsSummary(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
    expect(targetsSummary(['a', 'b'], 2)).toBe('a, b');
    expect(portsSummary('top-1000')).toBe('top 1,000 ports');
    expect(portsSummary('22')).toBe('port 22');
    expect(portsSummary('22,80')).toBe('ports 22,80');
    expect(portsSummary('1,'.repeat(100))).toHaveLength('ports '.length + 49);
  });
});
