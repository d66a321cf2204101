import { expect, test } from 'vitest';
import { COMMANDS } from '#cli/program/commands.js';
import { runIn } from '../../../test/support/programs/cli-context.ts';

const REMOTE = /--server|--api-key/;

test('the help of what works on this machine alone lists no server, which is refused there', async () => {
  const local = COMMANDS.filter(({ place }) => place === 'local');
  expect(local.map(({ path }) => path[0])).toContain('worker');
  for (const { path } of local) expect((await runIn({}, [...path, '--help'])).stdout).not.toMatch(REMOTE);
  const { exit, stderr } = await runIn({}, ['worker', '--server', 'http://127.0.0.1']);
  expect({ exit, stderr }).toEqual({ exit: 2, stderr: expect.stringContaining('--server does not go with') });
  expect((await runIn({}, ['scans', 'list', '--help'])).stdout).toMatch(REMOTE);
});
