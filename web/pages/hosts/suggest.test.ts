import { describe, expect, it } from 'vitest';
import { suggestAt } from './suggest.ts';

/** The bar is the cursor. */
function offered(typed: string): { from: number; texts: readonly string[] } {
  const cursor = typed.indexOf('|');
  const { from, options } = suggestAt(typed.replace('|', ''), cursor);
  return { from, texts: options.map(({ text }) => text) };
}

describe('what may be meant', () => {
  it.each([
    ['sta|', 0, ['status:']],
    ['status:up and fir|', 14, ['first_seen<']],
    ['(hostn|', 1, ['name:']],
    ['status:|', 0, ['status:up', 'status:down', 'status:unknown', 'status:gone']],
    ['status:up,d|', 0, ['status:up,down']],
    ['status:d| and x', 0, ['status:down']],
    ['last_seen>|', 0, ['last_seen>1h', 'last_seen>24h', 'last_seen>7d', 'last_seen>30d']],
    ['name:"sta|', 5, []],
    ['port:4|', 0, []],
    ['zzz|', 0, []],
    ['status:up|', 0, []],
  ])('%s', (typed, from, texts) => {
    const found = offered(typed);
    expect(found.texts).toEqual(texts);
    if (texts.length > 0) expect(found.from).toBe(from);
  });

  it('is any field where nothing is typed yet, and not too many', () => {
    expect(offered('|').texts).toHaveLength(8);
  });
});
