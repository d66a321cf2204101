import { expect, it } from 'vitest';
import { MAX_UDP_PAUSE_MS, UnreachableLimit } from '#scan/raw-hosts/unreachable-limit.js';

/** A host that sends one error each `everyMs`, asked as fast as the limit lets. */
function probe(everyMs: number, forMs: number) {
  const limit = new UnreachableLimit(2);
  const timeoutMs = 200;
  const unresponsiveAt = new Map<number, number>();
  let lastErrorMs = Number.NEGATIVE_INFINITY;
  let probed = 0;
  let answered = 0;
  for (let nowMs = 0; nowMs < forMs; nowMs += 10) {
    const sentAtMs = unresponsiveAt.get(nowMs);
    if (sentAtMs !== undefined) limit.unresponsive(1, sentAtMs, nowMs);
    if (limit.take(1, nowMs) !== undefined) continue;
    probed += 1;
    if (nowMs - lastErrorMs >= everyMs) {
      lastErrorMs = nowMs;
      answered += 1;
      limit.answered(1, everyMs > 0);
    } else {
      unresponsiveAt.set(nowMs + timeoutMs, nowMs);
    }
  }
  return { limit, probed, answered };
}

it('slows down to what a host answers, and wastes little', () => {
  const { limit, probed, answered } = probe(500, 60_000);
  expect(limit.isLimiting(1)).toBe(true);
  expect(answered).toBeGreaterThan(60);
  expect(answered / probed).toBeGreaterThan(0.5);
});

it('leaves a host alone that answers everything, and one that loses what gets lost on the way', () => {
  expect(probe(0, 1_000)).toMatchObject({ probed: 100, answered: 100 });
  const limit = new UnreachableLimit(1);
  for (let error = 0; error < 80; error += 1) limit.answered(0, false);
  for (let noResponse = 0; noResponse < 10; noResponse += 1) limit.unresponsive(0, 5, 10);
  expect(limit.isLimiting(0)).toBe(false);
  limit.unresponsive(0, 5, 10);
  expect(limit.isLimiting(0)).toBe(true);
});

it('tries a host that falls silent for a while, and takes its silence for what it is then', () => {
  const limit = new UnreachableLimit(1);
  limit.unresponsive(0, 0, 5);
  limit.answered(0, false);
  expect(limit.isLimiting(0)).toBe(false);
  limit.unresponsive(0, 5, 1_000);
  expect(limit.take(0, 1_000)).toBeUndefined();
  expect(limit.take(0, 1_050)).toBe(1_100);
  // Sent when a limited host would have had nothing to give.
  for (let noResponse = 0; noResponse < 10; noResponse += 1) limit.unresponsive(0, 2_099, 3_000);
  for (let noResponse = 0; noResponse < 2; noResponse += 1) limit.unresponsive(0, 2_100, 3_000);
  limit.answered(0, false);
  for (let noResponse = 0; noResponse < 2; noResponse += 1) limit.unresponsive(0, 2_200, 3_100);
  expect(limit.isLimiting(0)).toBe(true);
  limit.unresponsive(0, 2_300, 3_200);
  expect(limit.isLimiting(0)).toBe(false);
  limit.unresponsive(0, 2_400, 3_300);
  expect(limit.take(0, 3_300)).toBeUndefined();
  expect(limit.isLimiting(0)).toBe(false);
});

it('never pauses longer than its bound', () => {
  const limit = new UnreachableLimit(1);
  limit.answered(0, true);
  for (let ms = 0; ms < 100; ms += 1) limit.unresponsive(0, ms, ms);
  expect(limit.take(0, 1_000)).toBeUndefined();
  expect(limit.take(0, 1_001)).toBe(1_000 + MAX_UDP_PAUSE_MS);
});

it('asks the addresses of one machine as one, and leaves others alone', () => {
  const limit = new UnreachableLimit(4);
  const [machine, other] = [Uint8Array.of(2, 0, 0, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 0, 2)];
  limit.isAt(0, machine);
  limit.isAt(1, other);
  limit.isAt(3, machine);
  limit.answered(3, true);
  // The other address of the machine has never said anything.
  limit.unresponsive(0, 100, 200);
  expect([0, 1, 2, 3].map((host) => limit.isLimiting(host))).toEqual([true, false, false, true]);
  expect(limit.take(0, 200)).toBeUndefined();
  expect(limit.take(3, 250)).toBe(300);
  expect(limit.take(1, 250)).toBeUndefined();
});
