import { expect, test } from 'vitest';
import { CREDIT_CHUNKS, Credit } from '#prober/client/credit.js';

async function takeAll(credit: Credit): Promise<number> {
  for (let taken = 0; ; taken += 1) {
    const answer = await Promise.race([
      credit.take(),
      new Promise((resolve) => setImmediate(resolve, 'waits')),
    ]);
    if (answer !== true) return taken;
  }
}

test('no more is taken than was granted, and never beyond the bound', async () => {
  const credit = new Credit();
  expect(await takeAll(credit)).toBe(CREDIT_CHUNKS);
  // The take that waited gets the first of them.
  credit.grant(3);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await takeAll(credit)).toBe(2);
  credit.grant(1_000_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await takeAll(credit)).toBeLessThanOrEqual(CREDIT_CHUNKS);
});

test('whoever waits is sent away when it is closed', async () => {
  const credit = new Credit();
  await takeAll(credit);
  const waiting = credit.take();
  credit.close();
  expect(await waiting).toBe(false);
  expect(await credit.take()).toBe(false);
});
