import { describe, expect, it } from 'vitest';
import { Semaphore } from '#domain/rates/concurrency-limit.js';

describe('Turns', () => {
  it('lets so many at once, in the order they came, whatever becomes of them', async () => {
    const turns = new Semaphore(2);
    const begun: number[] = [];
    const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const all = ends.map(({ promise }, index) =>
      turns.take(async () => {
        begun.push(index);
        await promise;
      }),
    );
    const reported = Promise.allSettled(all);
    expect(begun).toEqual([0, 1]);
    ends[1]?.reject(new Error('it broke'));
    await expect(all[1]).rejects.toThrow('it broke');
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    for (const { resolve } of ends) resolve();
    expect((await reported).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });
});
