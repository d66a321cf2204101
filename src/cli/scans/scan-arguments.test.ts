import { expect, test } from 'vitest';
import { localTime } from '#cli/output/time.js';
import {
  type Answer,
  type Fixture,
  listAnswer,
  runIn,
  scanHostOf,
} from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const LIST = 'GET /api/v1/scans';
const OTHER_ID = `${SCAN_ID.slice(0, -2)}99`;
const all = [scanOf({ id: OTHER_ID, name: 'nightly' }), scanOf()];

/** Lists scans like the server: the newest first, filtered by `id_prefix` if it is given. */
const list: Answer = (request) => {
  const beginning = String(request.query?.['id_prefix'] ?? '');
  return listAnswer(all.filter(({ id }) => id.startsWith(beginning)))(request);
};
const fixture = (answers: Fixture['answers'] = {}): Fixture => ({ answers: { [LIST]: list, ...answers } });

test.each([
  ['last', OTHER_ID],
  [SCAN_ID.slice(0, -1), SCAN_ID],
  [SCAN_ID.slice(0, -1).toUpperCase(), SCAN_ID],
])('scans show %s shows the scan that is meant', async (arg, id) => {
  const answers = {
    [`GET /api/v1/scans/${id}`]: () => scanOf({ id }),
    [`GET /api/v1/scans/${id}/results`]: listAnswer([scanHostOf()]),
  };
  const { exit, stdout } = await runIn(fixture(answers), ['scans', 'show', arg]);
  expect(exit).toBe(0);
  expect(stdout).toContain(id);
});

test.each([
  [['scans', 'stop', 'last'], `POST /api/v1/scans/${OTHER_ID}/stop`],
  [['scans', 'undelete', 'last'], `POST /api/v1/scans/${OTHER_ID}/restore`],
])('%j is done to the scan that is meant', async (argv, path) => {
  const { exit, calls } = await runIn(
    fixture({ [path]: () => ({ ...scanOf({ id: OTHER_ID }), restored: true }) }),
    argv,
  );
  expect({ exit, last: calls.at(-1) }).toEqual({ exit: 0, last: path });
});

test.each(['scans', ''])('%s diff takes two of them', async (group) => {
  const compared = { id: SCAN_ID, completed_at: null, complete: true };
  const none = { addresses: 0, ports: 0, hosts: 0 };
  const zero = {
    hosts_new: 0,
    hosts_not_seen: 0,
    ports_opened: 0,
    ports_closed: 0,
    ports_changed: 0,
    services_changed: 0,
  };
  const diff = {
    data: [],
    pagination: { page: 1, page_size: 1_000, total_items: 0, total_pages: 0 },
    base: compared,
    scan: { ...compared, id: OTHER_ID },
    counts: zero,
    not_comparable: { base: none, scan: none },
  };
  const path = `GET /api/v1/scans/${OTHER_ID}/diff`;
  const argv = [...(group === '' ? [] : [group]), 'diff', SCAN_ID.slice(0, -1), 'last'];
  const { exit, stderr, requests } = await runIn(fixture({ [path]: () => diff }), argv);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(requests.at(-1)).toMatchObject({ query: { against: SCAN_ID } });
});

test('an id prefix of several scans, or of none, is an error', async () => {
  const several = await runIn(fixture(), ['scans', 'show', SCAN_ID.slice(0, 8)]);
  expect(several.exit).toBe(2);
  const startedAt = localTime(scanOf().created_at);
  expect(several.stderr).toContain(
    `Give more of it: ${OTHER_ID} (nightly, ${startedAt}), ${SCAN_ID} (${scanOf().targets[0]}, ${startedAt}).\n`,
  );
  const none = await runIn(fixture(), ['scans', 'show', 'ffffff']);
  expect(none).toMatchObject({ exit: 1, calls: [LIST, LIST] });
});

test('of many that begin so five are named', async () => {
  const many = Array.from({ length: 9 }, (_, index) => scanOf({ id: `${SCAN_ID.slice(0, -1)}${index}` }));
  const { stderr } = await runIn({ answers: { [LIST]: listAnswer(many) } }, [
    'scans',
    'show',
    SCAN_ID.slice(0, 8),
  ]);
  expect(stderr.match(new RegExp(SCAN_ID.slice(0, -1), 'g'))).toHaveLength(5);
  expect(stderr).toContain('), and more.\n');
});

test.each(['01938', 'printer', '0193-8f6e', `${SCAN_ID}0`])('%s is no scan', async (arg) => {
  const { exit, calls, stderr } = await runIn({}, ['scans', 'show', arg]);
  expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  expect(stderr).toContain('last will do too, or a prefix of it that is unique');
});
