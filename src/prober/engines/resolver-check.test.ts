import { describe, expect, test } from 'vitest';
import type { CompletedCell } from '#discovery/completed-cell.js';
import { cellsOfAnswering, UNANSWERED_ADDRESSES_MAX } from '#prober/engines/resolver-check.js';

const RESOLVER = { family: 4, value: 0xc612_0014n } as const;
const CELL_ADDRESSES = 256;

function cellOf(first: number, answered: number, code = 'NAMES_UNANSWERED'): CompletedCell {
  const range = { family: 4, first: BigInt(first), last: BigInt(first + CELL_ADDRESSES - 1) } as const;
  return {
    addresses: [],
    first,
    beganAtMs: 0,
    completedAtMs: 0,
    impostors: [],
    lacks: answered === CELL_ADDRESSES ? [] : [{ code, range }],
    names: { wanted: CELL_ADDRESSES, answered },
    offLink: 0,
    failures: new Map(),
  };
}

/** What comes of cells, and how many were read for it. */
async function passed(cells: readonly CompletedCell[], stop = new AbortController()) {
  let read = 0;
  const firsts: number[] = [];
  async function* reading() {
    for (const cell of cells) {
      read += 1;
      yield cell;
    }
  }
  const run = async () => {
    for await (const { first } of cellsOfAnswering(RESOLVER, reading(), stop.signal)) firsts.push(first);
  };
  const failure = await run().then(
    () => undefined,
    (error: unknown) => error,
  );
  return { firsts, failure, read };
}

describe('a run that asks for names alone', () => {
  test('loses no cell once the resolver said anything, whenever that was', async () => {
    const cells = [cellOf(0, 0), cellOf(256, 0), cellOf(512, 1), cellOf(768, 0)];
    expect(await passed(cells)).toMatchObject({ firsts: [0, 256, 512, 768], failure: undefined });
  });

  test('fails where it never says anything, and gives up early', async () => {
    const cells = Array.from({ length: 100 }, (_, at) => cellOf(at * CELL_ADDRESSES, 0));
    const { firsts, failure, read } = await passed(cells);
    expect(firsts).toEqual([]);
    expect(failure).toMatchObject({
      code: 'resolver_unreachable',
      message: 'No name could be resolved: no response from 198.18.0.20 port 53.',
    });
    expect(read).toBe(UNANSWERED_ADDRESSES_MAX / CELL_ADDRESSES);
  });

  test('says what the system says of it before it says that nobody answered', async () => {
    const { failure } = await passed([cellOf(0, 0), cellOf(256, 0, 'NAMES_ECONNREFUSED')]);
    expect(failure).toMatchObject({
      message: 'No name could be resolved: no response from 198.18.0.20 port 53 (ECONNREFUSED).',
    });
  });

  test('neither fails nor settles anything when it is stopped before an answer', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await passed([cellOf(0, 0)], stop)).toMatchObject({ firsts: [], failure: undefined });
  });

  test('that has nobody to ask for is over', async () => {
    const excluded = { ...cellOf(0, 0), lacks: [], names: { wanted: 0, answered: 0 } };
    expect(await passed([excluded])).toMatchObject({ firsts: [0], failure: undefined });
  });
});
