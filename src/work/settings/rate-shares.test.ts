import { expect, it } from 'vitest';
import { ALL_PARTS, shareText } from '#domain/rates/rate-share.js';
import { ResultParts } from '#work/settings/rate-shares.js';

it('takes what was told to be in use for as long as it may be, the most of it', () => {
  const reported = new ResultParts();
  expect(reported.inUseAt(0)).toBe(0);
  reported.report(600, 100);
  reported.report(300, 200);
  reported.report(400, 150);
  expect([99, 100, 149, 150, 199, 200].map((atMs) => reported.inUseAt(atMs))).toEqual([
    600, 400, 400, 300, 300, 0,
  ]);
  reported.report(100, 300);
  reported.report(500, 400);
  expect(reported.inUseAt(250)).toBe(500);
});

it('says a share as a person would', () => {
  expect([ALL_PARTS, ALL_PARTS / 3, 2 * (ALL_PARTS / 3), 0].map(shareText)).toEqual([
    'all',
    '1/3',
    '66.7 %',
    'nothing',
  ]);
});
