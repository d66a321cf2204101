import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { repeat } from '#jobs/repeat.js';

test('repeats without overlap and waits for the run in progress when stopped', async () => {
  let begun = 0;
  let ended = 0;
  let most = 0;
  const stop = repeat(
    async (signal) => {
      begun += 1;
      most = Math.max(most, begun - ended);
      await sleep(5);
      if (begun === 3) await sleep(60_000, undefined, { signal }).catch(() => undefined);
      ended += 1;
    },
    { firstMs: 1, everyMs: 1 },
  );
  await expect.poll(() => begun).toBe(3);
  await stop();
  expect({ begun, ended, most }).toEqual({ begun: 3, ended: 3, most: 1 });
  await sleep(20);
  expect(begun).toBe(3);
});

test('computes the delay before each run', async () => {
  const waits = [1, 2, 3_600_000];
  let begun = 0;
  const work = async (): Promise<void> => {
    begun += 1;
  };
  const stop = repeat(work, { firstMs: 1, everyMs: () => waits[begun - 1] ?? 0 });
  await expect.poll(() => begun).toBe(3);
  await sleep(20);
  await stop();
  expect(begun).toBe(3);
});

test('does not run when stopped before the first time', async () => {
  let begun = 0;
  const work = async (): Promise<void> => {
    begun += 1;
  };
  await repeat(work, { firstMs: 5, everyMs: 5 })();
  await sleep(20);
  expect(begun).toBe(0);
});
