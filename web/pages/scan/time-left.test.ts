import { expect, test } from 'vitest';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import { timeLeft } from './time-left.ts';

const complete = { percent: 100, positions: 7_500, completed: 7_500, skipped: 0 };
const scan = {
  scan_type: 'auto',
  status: 'completed',
  partial: false,
  live_hosts: false,
  methods: null,
  progress: complete,
  ports: '1-75',
  probes: { sent: 7_500, answered: 0 },
} as const;
const namesAlone: DiscoveryMethod[] = ['dns'];
const unresponsiveLink = { ...scan, probes: { sent: 12, answered: 9 } };

test.each([
  [scan, 'everything planned was asked'],
  [{ ...scan, progress: { ...complete, skipped: 1_500 } }, '1,500 of 7,500 planned were left out'],
  [{ ...scan, progress: { ...complete, skipped: 1 } }, '1 of 7,500 planned was left out'],
  [
    { ...scan, progress: { ...complete, skipped: 7_500 }, probes: { sent: 0, answered: 0 } },
    '7,500 of 7,500 planned were left out',
  ],
  [
    {
      ...scan,
      scan_type: 'discovery',
      methods: namesAlone,
      progress: { ...complete, skipped: 7_500 },
    } as const,
    'only names were asked for',
  ],
  [unresponsiveLink, 'no way to send at least 7,488 of 7,500 planned'],
  [
    { ...unresponsiveLink, progress: { ...complete, skipped: 75 } },
    '75 left out, no way to send at least 7,413 of 7,500 planned',
  ],
  [{ ...scan, partial: true }, 'could not see everything it planned'],
  [{ ...scan, scan_type: 'import' } as const, 'all of the report was read'],
  [{ ...scan, status: 'pending' } as const, 'waiting for a worker'],
  [{ ...scan, status: 'cancelled' } as const, 'what was found so far is kept'],
])('of a scan that is %j it says: %s', (course, text) => {
  expect(timeLeft(course, undefined)).toBe(text);
});
