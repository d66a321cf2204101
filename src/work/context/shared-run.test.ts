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

test('concurrent callers share a run, a later caller starts another', async () => {
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

test('the run is aborted when the last caller aborts, not before', async () => {
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

test('a caller that aborts returns at once, while the others continue to wait', async () => {
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

test('a caller that aborted before the call starts nothing and delays nothing', async () => {
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

test('a failure rejects all callers, and the next call starts a new run', async () => {
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

test('halting rejects all callers at once, even when the run ignores the signal', async () => {
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
