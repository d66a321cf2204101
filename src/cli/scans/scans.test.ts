import { expect, test } from 'vitest';
import { SCANS_SHOWN } from '#cli/scans/scans.js';
import type { Scan } from '#contract/scans/scan.js';
import {
  type Answer,
  failing,
  listAnswer,
  runIn,
  scanHostOf,
} from '../../../test/support/programs/cli-context.ts';
import { RUNNING, SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const LIST = 'GET /api/v1/scans';
const OPTIONS = `GET /api/v1/scans/${SCAN_ID}`;
const STOP = `POST /api/v1/scans/${SCAN_ID}/stop`;
const RESULTS = `GET /api/v1/scans/${SCAN_ID}/results`;

const uid = (index: number) => `01938f6e-7d2a-7c31-9b60-${String(index).padStart(12, '0')}`;
const many = Array.from({ length: 1_203 }, (_, index) => scanOf({ id: uid(index) }));

test('the scans of a host are requested by its address, together with the other filters', async () => {
  const path = '/api/v1/hosts/127.0.0.1/scans';
  const fixture = { answers: { [`GET ${path}`]: listAnswer([scanOf()]) } };
  const { stdout, requests } = await runIn(fixture, [
    'scans',
    'list',
    '--host',
    '127.0.0.1',
    '--kind',
    'all',
  ]);
  expect(stdout).toContain(SCAN_ID);
  expect(requests[0]).toMatchObject({ path, query: { kind: 'all' } });
  expect((await runIn(fixture, ['scans', 'list', '--host', '198.18.0.256'])).exit).toBe(2);
});

test('a list that omits existing discovery runs mentions it', async () => {
  const runs = [scanOf({ id: uid(7), scan_type: 'discovery' })];
  const answer: Answer = (request) =>
    listAnswer(request.query?.['kind'] === 'discovery' ? runs : [scanOf()])(request);
  const fixture = { answers: { [LIST]: answer } };
  const given = 'Discovery runs are not listed; `scanorama scans list --kind all` has them too.\n';
  expect((await runIn(fixture, ['scans', 'list'])).stderr).toBe(given);
  expect((await runIn(fixture, ['scans', 'list', '--kind', 'ports'])).stderr).toBe('');
  expect((await runIn(fixture, ['scans', 'list', '--json'])).stderr).toBe('');
  expect((await runIn({ answers: { [LIST]: listAnswer([]) } }, ['scans', 'list'])).stderr).toBe('');
});

test('the table shows the last scans, and more with --limit', async () => {
  const fixture = { answers: { [LIST]: listAnswer(many) } };
  const { exit, stdout } = await runIn(fixture, ['scans', 'list']);
  const lines = stdout.trimEnd().split('\n');
  expect(exit).toBe(0);
  expect(lines[0]).toMatch(/^ID +STATUS +TYPE +ENGINE +TARGETS +PORTS +HOSTS +OPEN +CREATED +TOOK$/);
  expect(lines).toHaveLength(SCANS_SHOWN + 1);
  expect((await runIn(fixture, ['scans', 'list', '-n', '1100'])).stdout.trimEnd().split('\n')).toHaveLength(
    1_101,
  );
});

test('a row describes the scan', async () => {
  const scans = [
    scanOf({ targets: ['a', 'b', 'c', 'd', 'e\u001b[2J'], partial: true, hosts_up: 12_345 }),
    scanOf({ ...RUNNING, started_at: null }),
  ];
  const { stdout } = await runIn({ answers: { [LIST]: listAnswer(scans) } }, ['scans', 'list']);
  expect(stdout).toMatch(
    /completed \(partial\) +auto +connect +a b c \+2 +922 +12,345 +1 +2026-11-2\d \d\d:\d\d:\d\d +2\.5s\n/,
  );
  expect(stdout).toMatch(/running +auto +connect +127\.0\.0\.1 .* -\n$/);
});

test('names have a column when a scan has one, cut where they are long', async () => {
  const scans = [scanOf({ name: 'n'.repeat(30) }), scanOf({ name: 'nightly' }), scanOf()];
  const { stdout } = await runIn({ answers: { [LIST]: listAnswer(scans) } }, ['scans', 'list']);
  const [heads, long, short, none] = stdout.split('\n');
  expect(heads).toMatch(/^ID +NAME +STATUS /);
  expect(long).toMatch(new RegExp(`^${SCAN_ID}  n{23}…  completed `));
  expect(short).toMatch(/ {2}nightly +completed /);
  expect(none).toMatch(/ {2}- +completed /);
});

test('sites have a column when a scan is of another than the one that there always is', async () => {
  const scans = [scanOf({ site: 'branch' }), scanOf()];
  const { stdout } = await runIn({ answers: { [LIST]: listAnswer(scans) } }, ['scans', 'list']);
  const [heads, branch, home] = stdout.split('\n');
  expect(heads).toMatch(/ TARGETS +SITE +PORTS /);
  expect(branch).toMatch(/ 127\.0\.0\.1 +branch +922 /);
  expect(home).toMatch(/ 127\.0\.0\.1 +default +922 /);
});

test('JSON is an array of all scans, or a line each', async () => {
  const fixture = { answers: { [LIST]: listAnswer(many) } };
  const array = JSON.parse((await runIn(fixture, ['scans', 'list', '--json'])).stdout);
  expect(array).toEqual(many);
  const stream = await runIn(fixture, ['scans', 'list', '--json=stream', '--limit', '2']);
  expect(
    stream.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(many.slice(0, 2));
});

test('the status is sent as a filter', async () => {
  const { requests } = await runIn({ answers: { [LIST]: listAnswer([]) } }, [
    'scans',
    'list',
    '--status',
    'failed',
  ]);
  expect(requests[0]?.query).toMatchObject({ status: 'failed' });
});

test('an empty list is shown as a sentence, or as an empty array', async () => {
  const fixture = { answers: { [LIST]: listAnswer([]) } };
  expect((await runIn(fixture, ['scans', 'list'])).stdout).toBe('No scans.\n');
  expect((await runIn(fixture, ['scans', 'list', '--json'])).stdout).toBe('[]\n');
  expect((await runIn(fixture, ['scans', 'list', '--json=stream'])).stdout).toBe('');
});

test('one scan is shown with its facts and hosts', async () => {
  const scan = scanOf({
    status: 'failed',
    name: 'nightly',
    exclude: ['::1'],
    error: { code: 'engine_failed', message: 'It died.' },
  });
  const answers = { [OPTIONS]: () => scan, [RESULTS]: listAnswer([scanHostOf()]) };
  const { exit, stdout, stderr } = await runIn({ answers }, ['scans', 'show', SCAN_ID]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  for (const fact of [
    /Name +nightly\n/,
    /Excluded +::1\n/,
    /Ports +922 ports: 22,80-1000\n/,
    /Error +It died\. \[engine_failed\]\n/,
    /22\/tcp/,
  ]) {
    expect(stdout).toMatch(fact);
  }
});

test('the reason why no better engine was used is shown', async () => {
  const scan = scanOf({ engine_note: 'Scanning with connect: the syn engine may not.' });
  const answers = { [OPTIONS]: () => scan, [RESULTS]: listAnswer([]) };
  const { stdout } = await runIn({ answers }, ['scans', 'show', SCAN_ID]);
  expect(stdout).toMatch(/Type +auto\nEngine +connect\n +Scanning with connect: the syn engine may not\.\n/);
});

test('an import counts no probes, having sent none', async () => {
  const scan = scanOf({ scan_type: 'import', engine: 'import', probes: { sent: 0, answered: 0 } });
  const answers = { [OPTIONS]: () => scan, [RESULTS]: listAnswer([scanHostOf()]) };
  const { stdout } = await runIn({ answers }, ['scans', 'show', SCAN_ID]);
  expect(stdout).toMatch(/1 host up, 1 open port, all from an imported report\.\n$/);
  expect(stdout).not.toContain('probe');
});

test('one scan as JSON is what `scan --json` prints', async () => {
  const answers = { [OPTIONS]: () => scanOf(), [RESULTS]: listAnswer([scanHostOf()]) };
  const { stdout } = await runIn({ answers }, ['scans', 'show', SCAN_ID, '--json']);
  expect(JSON.parse(stdout)).toEqual({ ...scanOf(), hosts: [scanHostOf()] });
});

test('a scan that is not there is an error with its code', async () => {
  const answers = { [OPTIONS]: failing('not_found', 'There is no such scan.') };
  const { exit, stdout, stderr } = await runIn({ answers }, ['scans', 'show', SCAN_ID]);
  expect({ exit, stdout, stderr }).toEqual({
    exit: 1,
    stdout: '',
    stderr: 'error: There is no such scan. [not_found]\n',
  });
});

test.each([
  [scanOf({ status: 'cancelled' }), `Scan ${SCAN_ID} is cancelled; what it saw is kept.\n`],
  [scanOf(RUNNING), `Scan ${SCAN_ID} is being stopped; what it saw is kept.\n`],
])('a stop reports the new status of the scan', async (scan, sentence) => {
  const answers = { [STOP]: () => scan };
  expect((await runIn({ answers }, ['scans', 'stop', SCAN_ID])).stdout).toBe(sentence);
  expect(JSON.parse((await runIn({ answers }, ['scans', 'stop', SCAN_ID, '--json'])).stdout)).toEqual(scan);
});

test('the list of deleted scans shows when each was deleted, and by whom', async () => {
  const deleted = scanOf({ deleted_at: '2026-11-22T00:00:00.000Z', deleted_by: 'key:ann' });
  const { stdout } = await runIn({ answers: { 'GET /api/v1/scans': listAnswer([deleted]) } }, [
    'scans',
    'list',
    '--deleted',
  ]);
  expect(stdout).toMatch(/ TOOK +DELETED\n.* 2026-11-2\d \d\d:\d\d:\d\d by key:ann\n$/);
});

test.each<[string, Partial<Scan>, string]>([
  [
    'counts them',
    { progress: { percent: 100, positions: 2_766, completed: 2_766, skipped: 0 } },
    '1 host up, 2 addresses that answered on no port, 1 open port',
  ],
  [
    'leaves the excluded out',
    { progress: { percent: 100, positions: 2_766, completed: 2_766, skipped: 922 } },
    '1 host up, 1 address that answered on no port, 1 open port',
  ],
  ['is absent where there is none', {}, '1 host up, 1 open port'],
  [
    'is absent for a scan that did not probe everything',
    { status: 'cancelled', progress: { percent: 50, positions: 2_766, completed: 1_844, skipped: 0 } },
    '1 host up, 1 open port',
  ],
])('the count of unresponsive addresses in the summary: %s', async (_what, changes, expected) => {
  const answers = { [OPTIONS]: () => scanOf(changes), [RESULTS]: listAnswer([scanHostOf()]) };
  const { stdout } = await runIn({ answers }, ['scans', 'show', SCAN_ID]);
  expect(stdout.trimEnd().split('\n').at(-1)).toContain(`: ${expected}, `);
});
