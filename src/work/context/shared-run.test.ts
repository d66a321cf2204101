import { expect, test } from 'vitest';
import { SharedRun } from '#work/context/shared-run.js';

/** A run whose end the test decides. */
class Runs {
  readonly signals: AbortSignal[] = [];
  readonly #ends: ((result: number) => void)[] = [];
  readonly #fails: ((error: Error) => void)[] = [];

  readonly start = (signal: AbortSignal): Promise<number> => {
    this.signals.push(signal);
    return new Promise((resolve, reject) => {
      this.#ends.push(resolve);
      this.#fails.push(reject);
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  };

  end(result: number): void {
    this.#ends.at(-1)?.(result);
  }

  fail(): void {
    this.#fails.at(-1)?.(new Error('failed'));
  }
}

test('those who ask at the same time share a run, those who ask later get their own', async () => {
  const runs = new Runs();
  const shared = new SharedRun(runs.start);
  const { signal } = new AbortController();
  const answers = Promise.all([shared.join(signal), shared.join(signal)]);
  runs.end(1);
  expect(await answers).toEqual([1, 1]);
  const later = shared.join(signal);
  runs.end(2);
  expect(await later).toBe(2);
  expect(runs.signals).toHaveLength(2);
});

test('the run is aborted when the last has gone, not before', async () => {
  const runs = new Runs();
  const shared = new SharedRun(runs.start);
  const [one, other] = [new AbortController(), new AbortController()];
  const both = Promise.allSettled([shared.join(one.signal), shared.join(other.signal)]);
  one.abort();
  expect(runs.signals[0]?.aborted).toBe(false);
  other.abort();
  expect(runs.signals[0]?.aborted).toBe(true);
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = shared.join(new AbortController().signal);
  expect(runs.signals).toHaveLength(2);
  runs.end(3);
  expect(await next).toBe(3);
});

test('who goes away is let go at once, while the others wait on', async () => {
  const runs = new Runs();
  const shared = new SharedRun(runs.start);
  const going = new AbortController();
  const staying = shared.join(new AbortController().signal);
  const gone = shared.join(going.signal);
  going.abort();
  await expect(gone).rejects.toMatchObject({ code: 'interrupted' });
  expect(runs.signals[0]?.aborted).toBe(false);
  runs.end(1);
  expect(await staying).toBe(1);
});

test('who has gone before it asks starts nothing and holds nothing up', async () => {
  const runs = new Runs();
  const shared = new SharedRun(runs.start);
  await expect(shared.join(AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' });
  expect(runs.signals).toHaveLength(0);
  const going = new AbortController();
  const staying = Promise.allSettled([shared.join(going.signal)]);
  await expect(shared.join(AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' });
  going.abort();
  expect(runs.signals[0]?.aborted).toBe(true);
  await staying;
});

test('a failure is everybody’s, and the next run starts anew', async () => {
  const runs = new Runs();
  const shared = new SharedRun(runs.start);
  const { signal } = new AbortController();
  const both = Promise.allSettled([shared.join(signal), shared.join(signal)]);
  runs.fail();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = shared.join(signal);
  runs.end(1);
  expect(await next).toBe(1);
});

test('halting ends it for everybody at once, also when the run does not listen', async () => {
  const shared = new SharedRun(() => new Promise<number>(() => undefined));
  const { signal } = new AbortController();
  const both = Promise.allSettled([shared.join(signal), shared.join(signal)]);
  shared.halt();
  shared.halt();
  expect(await both).toMatchObject([
    { reason: { code: 'interrupted' } },
    { reason: { code: 'interrupted' } },
  ]);
});
