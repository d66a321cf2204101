import { expect, test } from 'vitest';
import type { MigrationStatus } from '#contract/workers/health.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { type Fixture, runIn } from '../../../test/support/programs/cli-context.ts';

const status: MigrationStatus = {
  current: 1,
  latest: 2,
  migrations: [
    { version: 1, name: 'first', applied_at: '2026-11-23T10:00:00.000Z' },
    { version: 2, name: 'second', applied_at: null },
  ],
};

test('status shows what is applied and how to apply the rest', async () => {
  const probed: string[] = [];
  const fixture = {
    migrate: async (action: string) => {
      probed.push(action);
      return status;
    },
  };
  const { exit, stdout } = await runIn(fixture, ['migrate', 'status']);
  expect({ exit, probed }).toEqual({ exit: 0, probed: ['status'] });
  expect(stdout).toMatch(
    /^VERSION {2}NAME {4}APPLIED\n {6}1 {2}first {3}2026-11-2\d \d\d:\d\d:\d\d\n {6}2 {2}second {2}not applied\n/,
  );
  expect(
    stdout.endsWith('The schema is at version 1 of 2; `scanorama migrate up` brings it up to date.\n'),
  ).toBe(true);
  expect(JSON.parse((await runIn(fixture, ['migrate', 'status', '--json'])).stdout)).toEqual(status);
});

test('up says where the schema is now', async () => {
  const { stdout } = await runIn({ migrate: async () => ({ ...status, current: 2 }) }, ['migrate', 'up']);
  expect(stdout.endsWith('The schema is at version 2, the newest.\n')).toBe(true);
});

test('a database that is newer than the program is exit 5', async () => {
  const fixture: Fixture = {
    migrate: async () => {
      throw new ScanoramaError('database_too_new', 'The database is newer than this program.');
    },
  };
  expect(await runIn(fixture, ['migrate', 'up'])).toMatchObject({ exit: 5, stdout: '' });
});
