import { expect, test } from 'vitest';
import { failing, HOST_ID, runIn } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

const SCAN = `/api/v1/scans/${SCAN_ID}`;
const PURGE_HOST = 'POST /api/v1/hosts/127.0.0.1/purge';

test('deleting a scan prints how to restore it', async () => {
  const outcome = {
    scans_matched: 1,
    scans_deleted: 1,
    scans_refused: 0,
    open_ports: 0,
    dry_run: false,
    results: [{ id: SCAN_ID, outcome: 'deleted', error: null }],
  };
  const fixture = { program: './scanorama', answers: { 'POST /api/v1/scans/bulk/delete': () => outcome } };
  const { exit, stdout } = await runIn(fixture, ['scans', 'delete', SCAN_ID]);
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: '1 scan deleted; `./scanorama scans undelete ID` brings one back.\n',
  });
});

test('several are done one after the other, and the first failure ends it', async () => {
  const answers = {
    [`POST ${SCAN}/restore`]: () => ({ ...scanOf(), restored: true }),
    [`POST /api/v1/scans/${HOST_ID}/restore`]: failing('not_found', 'There is no such scan.'),
  };
  const { exit, stdout, stderr } = await runIn({ answers }, ['scans', 'undelete', SCAN_ID, HOST_ID]);
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: `${SCAN_ID} is there again.\n` });
  expect(stderr).toContain('[not_found]');
});

test('restoring a scan that was not deleted reports that nothing changed', async () => {
  const answers = { [`POST ${SCAN}/restore`]: () => ({ ...scanOf(), restored: false }) };
  const { exit, stdout } = await runIn({ answers }, ['scans', 'undelete', SCAN_ID]);
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: `${SCAN_ID} was not deleted, so nothing changed.\n`,
  });
});

test('JSON has what was answered also where a later one fails', async () => {
  const answers = {
    [`POST ${SCAN}/restore`]: () => ({ ...scanOf(), restored: true }),
    [`POST /api/v1/scans/${HOST_ID}/restore`]: failing('not_found', 'There is no such scan.'),
  };
  const args = ['scans', 'undelete', SCAN_ID, HOST_ID, '--json'];
  const { exit, stdout, stderr } = await runIn({ answers }, args);
  expect(exit).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([{ id: SCAN_ID }]);
  expect(stderr).toContain('not_found');
  const first = await runIn({ answers }, ['scans', 'undelete', HOST_ID, SCAN_ID, '--json']);
  expect(first).toMatchObject({ exit: 1, stdout: '' });
});

test('an interruption leaves alone what was not begun', async () => {
  const seen: { interrupts?: { deliver(): void } } = {};
  const fixture = {
    connect: async (_io: unknown, interrupts: { deliver(): void }) => void (seen.interrupts = interrupts),
    answers: { [PURGE_HOST]: () => seen.interrupts?.deliver() },
  };
  const { exit, calls } = await runIn(fixture, ['hosts', 'purge', '127.0.0.1', '127.0.0.2', '--yes']);
  expect({ exit, calls }).toEqual({ exit: 130, calls: [PURGE_HOST] });
});

test.each([
  ['yes', true],
  ['', false],
])('a purge requires confirmation on a terminal, and accepts %j as a reply', async (typed, isDone) => {
  const fixture = { terminal: true, typed, answers: { [PURGE_HOST]: () => undefined } };
  const { exit, stderr, calls } = await runIn(fixture, ['hosts', 'purge', '127.0.0.1']);
  expect(stderr).toContain(
    '1 host will be permanently removed, with ports, history and what scans saw of it. Purge? [y/N]',
  );
  expect({ exit, calls }).toEqual(isDone ? { exit: 0, calls: [PURGE_HOST] } : { exit: 2, calls: [] });
});

test('the help of a purge offers no names, which it refuses', async () => {
  const { stdout } = await runIn({}, ['hosts', 'purge', '--help']);
  expect(stdout).toContain('the ids or addresses of the hosts');
  expect((await runIn({}, ['hosts', 'delete', '--help'])).stdout).toContain('addresses or names');
});

test('without a terminal a purge is refused, unless --yes is given', async () => {
  const fixture = { answers: { [PURGE_HOST]: () => undefined } };
  const refused = await runIn(fixture, ['hosts', 'purge', '127.0.0.1']);
  expect(refused).toMatchObject({ exit: 2, calls: [], stderr: expect.stringContaining('--yes') });
  const done = await runIn(fixture, ['hosts', 'purge', '127.0.0.1', '--yes']);
  expect(done).toMatchObject({ exit: 0, calls: [PURGE_HOST], stdout: '127.0.0.1 is permanently removed.\n' });
});
