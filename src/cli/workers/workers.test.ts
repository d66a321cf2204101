import { expect, test } from 'vitest';
import { ScanoramaError } from '#domain/errors/error.js';
import { listAnswer, runIn, workerOf } from '../../../test/support/programs/cli-context.ts';
import { SCAN_ID } from '../../../test/support/scans/scan-view.ts';

const WORKERS = 'GET /api/v1/workers';
const NAME = 'scan1/4711-9f3c2a';
const PATH = `/api/v1/workers/${encodeURIComponent(NAME)}`;

test('the list shows who is there, of which site, and what each can do', async () => {
  const workers = [workerOf(), workerOf({ name: 'far/1-a', site: 'branch', state: 'drained', engines: [] })];
  const answers = { [WORKERS]: listAnswer(workers) };
  const { exit, stdout } = await runIn({ answers }, ['workers', 'list']);
  expect(exit).toBe(0);
  const [heads, first, second] = stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(heads?.slice(0, 6)).toEqual(['NAME', 'SITE', 'STATE', 'VERSION', 'RUNS', 'ENGINES']);
  expect(first?.slice(0, 6)).toEqual([NAME, '(any without workers)', 'active', '9.8.7', '1/16', 'connect']);
  expect(second?.slice(0, 6)).toEqual(['far/1-a', 'branch', 'drained', '9.8.7', '1/16', 'none']);
  const all = await runIn({ answers: { [WORKERS]: listAnswer([]) } }, ['workers', 'list', '--all']);
  expect(all.stdout).toBe('No workers.\n');
  expect(all.requests[0]?.query).toMatchObject({ all: 'true' });
});

test('one worker is shown with what it lacks and what it runs', async () => {
  const { stdout } = await runIn({ answers: { [`GET ${PATH}`]: () => workerOf() } }, [
    'workers',
    'show',
    NAME,
  ]);
  expect(stdout).toContain('not syn: It may not send raw packets.');
  expect(stdout).toContain(SCAN_ID);
});

test('a worker is drained, resumed and forgotten by its name', async () => {
  const answers = {
    [`POST ${PATH}/drain`]: () => ({
      ...workerOf({ state: 'draining', drain_reason: 'Requested by os:me.' }),
      replaced: true,
    }),
    [`POST ${PATH}/resume`]: () => workerOf(),
    [`DELETE ${PATH}`]: () => undefined,
  };
  const given = async (command: string) => (await runIn({ answers }, ['workers', command, NAME])).stdout;
  expect(await given('drain')).toBe(`The worker ${NAME} takes no more work, and hands over what it runs.\n`);
  expect(await given('resume')).toBe(`The worker ${NAME} takes work again.\n`);
  expect(await given('remove')).toBe(`The worker ${NAME} is forgotten.\n`);
});

test('draining the last worker of a site prints that its scans wait', async () => {
  const drain = async (replaced: boolean) => {
    const answers = {
      [`POST ${PATH}/drain`]: () => ({ ...workerOf({ site: 'branch', state: 'draining' }), replaced }),
    };
    return (await runIn({ answers }, ['workers', 'drain', NAME])).stderr;
  };
  const given = `It was the last one of the site branch that takes work; scans there wait until another one is there, or \`scanorama workers resume ${NAME}\`.\n`;
  expect(await drain(false)).toBe(given);
  expect(await drain(true)).toBe('');
});

const unknown = () => {
  throw new ScanoramaError('not_found', 'There is no worker "x".', { hint: 'List them.' });
};

test('an unknown worker is reported with the error of the server', async () => {
  const { exit, stderr } = await runIn({ answers: { 'GET /api/v1/workers/x': unknown } }, [
    'workers',
    'show',
    'x',
  ]);
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: 'error: There is no worker "x". [not_found]\nhint: List them.\n',
  });
});
