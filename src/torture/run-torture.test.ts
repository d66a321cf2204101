import { expect, test } from 'vitest';
import type { FaultKind } from '#torture/fault.js';
import type { Lab } from '#torture/lab.js';
import { MAX_TRIES, planRound, runTorture, type UnheldTry } from '#torture/run-torture.js';

const kind = (name: string, points: readonly string[], weight: number): FaultKind => ({
  name,
  what: name,
  points,
  weight,
  strike: () => Promise.resolve(undefined),
});
const KINDS = [kind('a', ['x'], 1), kind('b', ['x', 'y', 'z'], 2), kind('c', ['x'], 1)];
const ROUNDS = 24;

function planned(seed: number) {
  return Array.from({ length: ROUNDS }, (_, index) => {
    const { kind: chosen, point } = planRound(KINDS, seed, index + 1);
    return `${chosen.name} ${point}`;
  });
}

test('a seed decides the order of the faults', () => {
  expect(planned(1)).toEqual(planned(1));
  expect(planned(1)).not.toEqual(planned(2));
});

test.each([1, 2, 3])('every kind has its share, and so has each of its points (seed %i)', (seed) => {
  const counts = Object.groupBy(planned(seed), (name) => name);
  expect(Object.fromEntries(Object.entries(counts).map(([name, all]) => [name, all?.length]))).toEqual({
    'a x': 6,
    'b x': 4,
    'b y': 4,
    'b z': 4,
    'c x': 6,
  });
});

const refuse = (): never => {
  throw Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
};

/** A lab whose database cannot be made ready, so that no scan is ever started. */
const unready = (): Lab => {
  const database = {
    connection: { database: '' },
    mainProcess: () => Promise.resolve(undefined),
    signal: () => Promise.resolve(),
    lost: () => undefined,
    ensure: () => Promise.resolve(),
    refresh: async () => refuse(),
  };
  const signal = new AbortController().signal;
  return {
    directory: '',
    servers: [],
    database,
    signal,
    clientOf: refuse,
    get poll() {
      return refuse();
    },
  };
};

test('a round that cannot be set up is tried again, and is no broken promise', async () => {
  const reported: UnheldTry[] = [];
  const events = { onRound: () => undefined, onUnheld: (one: UnheldTry) => void reported.push(one) };
  await expect(runTorture(unready(), KINDS, { seed: 1, rounds: 2, ...events })).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/^Round 1 \([abc]\) could not be held in 3 tries: listen EADDRINUSE$/),
  });
  expect(reported).toHaveLength(MAX_TRIES);
  expect(reported[0]).toMatchObject({ round: 1, reason: 'listen EADDRINUSE' });
});
