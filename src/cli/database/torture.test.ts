import { expect, test } from 'vitest';
import type { TortureOutcome } from '#app/interface.js';
import { type Fixture, NOW_MS, runIn } from '../../../test/support/programs/cli-context.ts';

const KEPT: TortureOutcome = {
  seed: 7,
  rounds: 2,
  hits: 2,
  listeners: 60,
  batches: 31,
  durationMs: 4_321,
  tallies: [
    {
      kind: 'prober',
      what: 'kill -9 of the process that probes',
      point: 'any instant',
      rounds: 1,
      hits: 1,
      probedAgain: 3,
      listeners: 30,
    },
    {
      kind: 'freeze',
      what: 'a server that stands still',
      point: 'any instant',
      rounds: 1,
      hits: 1,
      probedAgain: 0,
      listeners: 30,
    },
  ],
  broken: undefined,
  directory: null,
};
const BROKEN: TortureOutcome = {
  ...KEPT,
  broken: {
    round: 2,
    kind: 'freeze',
    point: 'any instant',
    detail: 'server A stood still',
    faults: ['lost: 127.93.0.1:10005 listens and is not stored'],
  },
  directory: '/tmp/kept',
};

function fixture(outcome: TortureOutcome, inputs: unknown[] = []): Fixture {
  return {
    torture: async ({ onRound, onUnheld, ...input }) => {
      inputs.push(input);
      onUnheld({ round: 1, kind: 'prober', reason: 'kill ESRCH' });
      const hit = { point: 'any instant', detail: 'prober 12 killed after 80 ms' };
      const round = { round: 1, kind: 'prober', point: 'any instant', faults: [], probedAgain: 3 };
      onRound({ ...round, hit, listeners: 30, batches: 15, durationMs: 2_000 });
      return outcome;
    },
  };
}

test('the promise kept is exit 0 and one sentence', async () => {
  const { exit, stdout, stderr } = await runIn(fixture(KEPT), ['torture', '--seed', '7']);
  expect(exit).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'FAULT   STRUCK  WHAT IT IS',
    'prober       1  kill -9 of the process that probes',
    'freeze       1  a server that stands still',
    '',
    'Struck 2 times, nothing lost, nothing twice: 60 open ports, each stored once, in 31 batches, and verified (4.3s, seed 7).',
    '',
  ]);
  expect(stderr).toContain('Round 1: prober: could not be held: kill ESRCH\n');
  expect(stderr).toContain('Round 1: prober: prober 12 killed after 80 ms (2.0s)\n');
});

test('a broken promise is exit 3, with how to see it again and what was kept', async () => {
  const { exit, stdout } = await runIn(fixture(BROKEN), ['torture']);
  expect(exit).toBe(3);
  expect(stdout).toContain(
    'The promise was broken in round 2 (freeze: server A stood still):\n' +
      '  lost: 127.93.0.1:10005 listens and is not stored\n' +
      'What was stored, and the logs, lie in /tmp/kept.\n' +
      'Again: scanorama torture --seed 7 --round 2\n',
  );
});

test('JSON says the same', async () => {
  const kept = await runIn(fixture(KEPT), ['torture', '--json']);
  expect({ exit: kept.exit, ...JSON.parse(kept.stdout) }).toMatchObject({
    exit: 0,
    ok: true,
    seed: 7,
    hits: 2,
    open_ports: 60,
    kinds: [{ kind: 'prober', hits: 1, probed_again: 3 }, { kind: 'freeze' }],
    broken: null,
    directory: null,
  });
  const broken = await runIn(fixture(BROKEN), ['torture', '--json']);
  expect({ exit: broken.exit, ...JSON.parse(broken.stdout) }).toMatchObject({
    exit: 3,
    ok: false,
    broken: { round: 2 },
    directory: '/tmp/kept',
  });
});

test('ten rounds of a seed that is told, unless asked otherwise', async () => {
  const inputs: unknown[] = [];
  await runIn(fixture(KEPT, inputs), ['torture']);
  await runIn(fixture(KEPT, inputs), ['torture', '--rounds', '3', '--seed', '9']);
  await runIn(fixture(KEPT, inputs), ['torture', '--round', '4', '--seed', '9']);
  expect(inputs).toEqual([
    { rounds: 10, seed: (NOW_MS % 4_294_967_295) + 1, round: undefined },
    { rounds: 3, seed: 9, round: undefined },
    { rounds: 10, seed: 9, round: 4 },
  ]);
});

test.each([
  ['--rounds', '0'],
  ['--rounds', '100001'],
  ['--seed', '4294967296'],
  ['--seed', 'x'],
  ['--rounds', '2', '--round', '1'],
])('what cannot be meant starts nothing: %s %s', async (...args) => {
  expect((await runIn({}, ['torture', ...args])).exit).toBe(2);
});
