import { describe, expect, it } from 'vitest';
import { Releasers } from '#app/serve/releasers.js';

describe('Releasers', () => {
  it('lets go in reverse order, of everything, and then throws the first failure', async () => {
    const order: string[] = [];
    const releasers = new Releasers();
    releasers.add(async () => void order.push('first'));
    releasers.add(() => Promise.reject(new Error('the second cannot')));
    releasers.add(async () => void order.push('third'));
    await expect(releasers.release()).rejects.toThrow('the second cannot');
    expect(order).toEqual(['third', 'first']);
  });

  it('makes everybody who asks wait for the same end', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const releasers = new Releasers();
    releasers.add(() => promise);
    const ends: string[] = [];
    const waiting = [
      releasers.release().then(() => ends.push('one')),
      releasers.release().then(() => ends.push('two')),
    ];
    await Promise.resolve();
    expect(ends).toEqual([]);
    resolve();
    await Promise.all(waiting);
    expect(ends).toHaveLength(2);
  });
});
