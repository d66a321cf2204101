import { expect, test } from 'vitest';
import type { RetentionPreview, Setting } from '#contract/workers/setting.js';
import { runIn } from '../../../test/support/programs/cli-context.ts';

const LIST = 'GET /api/v1/settings';
const CHANGE = 'PUT /api/v1/settings';
const PREVIEW = 'GET /api/v1/settings/retention';

const history: Setting = {
  name: 'retention.history',
  kind: 'retention',
  value: '24 months',
  default: 'forever',
  description: 'Changes.',
  allowed: 'forever, or a span',
  acts: 'A server acts on it within six hours.',
  updated_at: '2026-11-23T10:00:00.000Z',
  updated_by: 'os:ann',
};
const events: Setting = {
  ...history,
  name: 'retention.events',
  value: '90 days',
  updated_at: null,
  updated_by: null,
};

test('the list shows who set a value, and which values are defaults', async () => {
  const { stdout } = await runIn({ answers: { [LIST]: () => ({ data: [history, events] }) } }, [
    'settings',
    'list',
  ]);
  const cells = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/).slice(0, 3));
  expect(cells).toEqual([
    ['NAME', 'VALUE', 'SET BY'],
    ['retention.history', '24 months', 'os:ann'],
    ['retention.events', '90 days', '(default)'],
  ]);
});

test('a change names one setting, and shows the value in effect', async () => {
  const fixture = { answers: { [CHANGE]: () => ({ data: [history, events] }) } };
  const { stdout, requests } = await runIn(fixture, ['settings', 'set', 'retention.history', '2', 'years']);
  expect(requests[0]?.body).toEqual({ 'retention.history': '24 months' });
  expect(stdout).toBe('retention.history is 24 months. A server acts on it within six hours.\n');
  const back = await runIn(fixture, ['settings', 'set', 'retention.events', 'default', '--json']);
  expect(back.requests[0]?.body).toEqual({ 'retention.events': null });
  expect(JSON.parse(back.stdout)).toEqual(events);
  const reset = await runIn(fixture, ['settings', 'reset', 'retention.events', '--json']);
  expect(reset.requests[0]?.body).toEqual({ 'retention.events': null });
});

test('what would go is shown, and that nothing went', async () => {
  const preview: RetentionPreview = {
    name: 'retention.port_scans',
    value: '12 months',
    complete_since: null,
    removes_before: '2025-11-23T00:00:00.000Z',
    rows: 1_234,
    months: ['2025-09', '2025-10'],
  };
  const kept: RetentionPreview = {
    ...preview,
    name: 'retention.history',
    value: 'forever',
    removes_before: null,
    rows: 0,
    months: [],
  };
  const { stdout } = await runIn({ answers: { [PREVIEW]: () => ({ data: [preview, kept] }) } }, [
    'settings',
    'retention',
  ]);
  expect(stdout).toMatch(
    /retention\.port_scans +12 months +the beginning +1,234 rows \(2025-09 2025-10\), before 2025-11-2/,
  );
  expect(stdout).toMatch(/retention\.history +forever +the beginning +nothing\nNothing was removed\.\n$/);
});

test.each([
  ['settings set rate.total 0', '"0" is no value of rate.total.', 'a whole number from 1 to 1000000'],
  [
    'settings set worker.lease 1h',
    '"1h" is no value of worker.lease.',
    'a time from 1s to 10m such as 15s, 30s or 10m',
  ],
  ['settings set retention.events soon', '"soon" is no value of retention.events.', 'forever, or a span'],
  ['settings reset rate.everything', 'There is no setting "rate.everything".', 'rate.total, rate.per_host'],
])('%s is refused with the accepted values', async (args, sentence, hint) => {
  const { exit, stderr, requests } = await runIn({ answers: {} }, args.split(' '));
  expect(exit).toBe(2);
  expect(stderr).toContain(sentence);
  expect(stderr).toContain(hint);
  expect(requests).toEqual([]);
});
