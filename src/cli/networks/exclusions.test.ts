import { expect, test } from 'vitest';
import { type Fixture, listAnswer, runIn } from '../../../test/support/programs/cli-context.ts';

const LIST = 'GET /api/v1/exclusions';
const uid = (last: number) => `01938f6e-7d2a-7c31-9b60-3f1d5a8c2e0${last}`;
const NETWORK = { id: uid(9), name: 'office', cidr: '198.18.0.0/24' };
const exclusion = (last: number, changes: object) => ({
  id: uid(last),
  address: '198.18.0.9',
  scope: 'global',
  site: null,
  network: null,
  reason: null,
  created_by: 'os:tester',
  created_at: '2026-11-23T10:00:00Z',
  ...changes,
});
const ALL = [
  exclusion(1, {}),
  exclusion(2, { scope: 'site', site: 'branch' }),
  exclusion(3, { scope: 'network', site: 'branch', network: NETWORK }),
  exclusion(4, { address: '198.18.0.16-198.18.0.20' }),
];
const removals = Object.fromEntries(
  ALL.map(({ id }) => [`DELETE /api/v1/exclusions/${id}`, () => null] as const),
);
const fixture: Fixture = {
  answers: { [LIST]: listAnswer(ALL), 'GET /api/v1/networks': listAnswer([networkOf()]), ...removals },
};

function networkOf() {
  return {
    ...NETWORK,
    site: 'branch',
    description: null,
    enabled: true,
    hosts: 0,
    hosts_up: 0,
    exclusions: 1,
    down_after_misses: null,
    gone_after_days: null,
    created_at: '2026-11-23T10:00:00Z',
    updated_at: '2026-11-23T10:00:00Z',
  };
}

test.each([
  ['exclusions remove 198.18.0.16-20', 4],
  ['exclusions remove 198.18.0.9 --site branch', 2],
  ['exclusions remove 198.18.0.9 --network office --site branch', 3],
  ['networks exclusions remove office 198.18.0.9', 3],
  [`exclusions remove ${uid(1)}`, 1],
])('%s removes the one that is meant', async (line, last) => {
  const { exit, stderr, calls } = await runIn(fixture, line.split(' '));
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(calls.at(-1)).toBe(`DELETE /api/v1/exclusions/${uid(last)}`);
});

test('an address that is excluded at several places is removed from none of them', async () => {
  const { exit, stderr, calls } = await runIn(fixture, ['exclusions', 'remove', '198.18.0.9']);
  expect(exit).toBe(2);
  expect(stderr).toContain(
    '3 exclusions are of 198.18.0.9: everywhere, at site "branch", in network "office"',
  );
  expect(calls).toEqual([LIST]);
});

test('a part of what is excluded is no exclusion', async () => {
  const { exit, stderr } = await runIn(fixture, ['exclusions', 'remove', '198.18.0.17']);
  expect(exit).toBe(1);
  expect(stderr).toContain('No exclusion is of exactly 198.18.0.17 there.');
});

test.each([
  ['a place beside an id', ['exclusions', 'remove', uid(1), '--site', 'branch']],
  ['what is neither', ['exclusions', 'remove', 'printer']],
])('%s is wrong usage', async (_what, argv) => {
  expect(await runIn(fixture, argv)).toMatchObject({ exit: 2, calls: [] });
});

test.each([
  ['networks exclusions list', '`scanorama networks exclusions list NETWORK`'],
  ['networks exclusions office', 'It stands before the network'],
])('%s is refused, and the error names what is missing', async (line, hint) => {
  const { exit, stderr, calls } = await runIn(fixture, line.split(' '));
  expect({ exit, calls }).toEqual({ exit: 2, calls: [] });
  expect(stderr).toContain(hint);
});
