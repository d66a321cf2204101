import { expect, test } from 'vitest';
import { lastWhere } from '#domain/text/last-where.js';

test('finds the border for every length and place', () => {
  for (let length = 0; length <= 20; length++) {
    for (let border = 0; border <= length; border++) {
      expect(lastWhere(length, (index) => index < border)).toBe(border - 1);
    }
  }
});
