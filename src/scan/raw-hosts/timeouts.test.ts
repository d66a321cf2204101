import { expect, it } from 'vitest';
import { MAX_TIMEOUTS, Timeouts } from '#scan/raw-hosts/timeouts.js';

it('forgets nothing that is waited for when it is full', () => {
  const timeouts = new Timeouts();
  for (let slot = 0; slot < MAX_TIMEOUTS; slot += 1) timeouts.push(slot, slot);
  expect(timeouts.capacity).toBe(0);
  expect(() => timeouts.push(0, 0)).toThrow(RangeError);
  expect(timeouts.first(() => true)).toBe(0);
  timeouts.drop();
  expect(timeouts.capacity).toBe(1);
  expect(timeouts.first((slot) => slot >= 7)).toBe(7);
});
