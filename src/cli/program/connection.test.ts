import { expect, test } from 'vitest';
import type { Access } from '#app/interface.js';
import { type Fixture, failing, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';
import { RUNNING, SCAN_ID, scanOf } from '../../../test/support/scans/scan-view.ts';

async function accessOf(argv: readonly string[]): Promise<Access | undefined> {
  let probed: Access | undefined;
  const connect: Fixture['connect'] = async (_io, _interrupts, access) => {
    probed = access;
    throw new Error('far enough');
  };
  await runIn({ connect }, argv);
  return probed;
}

test.each([
  ['scans', 'list'],
  ['scans', 'show', SCAN_ID],
  ['scans', 'stop', SCAN_ID],
  ['scans', 'resume', SCAN_ID],
  ['scan', '--resume', SCAN_ID],
  ['hosts', 'list'],
  ['hosts', 'show', '127.0.0.1'],
  ['hosts', 'history', '127.0.0.1'],
  ['diff', SCAN_ID],
  ['verify'],
  ['api-keys', 'list'],
  ['api-keys', 'revoke', SCAN_ID],
])('%s %s makes no database', async (...argv) => {
  expect(await accessOf(argv)).toBe('stored');
});

test.each([
  ['scan', '127.0.0.1'],
  ['api-keys', 'create', 'x'],
])('%s %s may make one', async (...argv) => {
  expect(await accessOf(argv)).toBe('any');
});

test('a missing API key is explained in terms of options, not of HTTP', async () => {
  const answers = { 'GET /api/v1/scans': failing('unauthenticated', 'This needs a key.') };
  const { exit, stderr } = await runIn({ answers, where: 'remote' }, ['scans', 'list']);
  expect(exit).toBe(4);
  expect(stderr).toContain(
    'error: This needs a key. [unauthenticated]\nhint: Give a valid key with --api-key',
  );
  expect(stderr).toContain('SCANORAMA_API_KEY');
});

test('other failures of a remote server are reported unchanged', async () => {
  const answers = { 'GET /api/v1/scans': failing('forbidden', 'You may not.') };
  const { stderr } = await runIn({ answers, where: 'remote' }, ['scans', 'list']);
  expect(stderr).toBe('error: You may not. [forbidden]\n');
});

test('notes name commands as the program was started', async () => {
  const answers = { 'POST /api/v1/scans': () => scanOf(RUNNING), 'GET /api/v1/scans': listAnswer([]) };
  const fixture: Fixture = { answers, where: 'remote', program: './scanorama' };
  const { stderr } = await runIn(fixture, ['scan', '127.0.0.1', '--detach']);
  expect(stderr).toContain(`\`./scanorama scans show ${SCAN_ID}\``);
});
