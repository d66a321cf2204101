import { expect, it } from 'vitest';
import { shareText, ALL_PARTS } from '#domain/rates/rate-share.js';
import { ResultParts } from '#work/settings/rate-shares.js';

it('takes what was told to be in use for as long as it may be, the most of it', () => {
  const told = new ResultParts();
  expect(told.inUseAt(0)).toBe(0);
  told.tell(600, 100);
  told.tell(300, 200);
  told.tell(400, 150);
  expect([99, 100, 149, 150, 199, 200].map((atMs) => told.inUseAt(atMs))).toEqual([
    600, 400, 400, 300, 300, 0,
  ]);
  told.tell(100, 300);
  told.tell(500, 400);
  expect(told.inUseAt(250)).toBe(500);
});

it('says a share as a person would', () => {
  expect([ALL_PARTS, ALL_PARTS / 3, 2 * (ALL_PARTS / 3), 0].map(shareText)).toEqual([
    'all',
    '1/3',
    '66.7 %',
    'nothing',
  ]);
});
