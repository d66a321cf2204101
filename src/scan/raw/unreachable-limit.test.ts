import { expect, it } from 'vitest';
import { MAX_UDP_PAUSE_MS, UnreachableLimit } from '#scan/raw/unreachable-limit.js';

/** A host that sends one error each `everyMs`, asked as fast as the limit lets. */
function ask(everyMs: number, forMs: number) {
  const limit = new UnreachableLimit(2);
  const timeoutMs = 200;
  const silentAt = new Map<number, number>();
  let lastErrorMs = Number.NEGATIVE_INFINITY;
  let asked = 0;
  let answered = 0;
  for (let nowMs = 0; nowMs < forMs; nowMs += 10) {
    const sentAtMs = silentAt.get(nowMs);
    if (sentAtMs !== undefined) limit.silent(1, sentAtMs, nowMs);
    if (limit.take(1, nowMs) !== undefined) continue;
    asked += 1;
    if (nowMs - lastErrorMs >= everyMs) {
      lastErrorMs = nowMs;
      answered += 1;
      limit.answered(1, everyMs > 0);
    } else {
      silentAt.set(nowMs + timeoutMs, nowMs);
    }
  }
  return { limit, asked, answered };
}

it('slows down to what a host answers, and wastes little', () => {
  const { limit, asked, answered } = ask(500, 60_000);
  expect(limit.isLimiting(1)).toBe(true);
  expect(answered).toBeGreaterThan(60);
  expect(answered / asked).toBeGreaterThan(0.5);
});

it('leaves a host alone that answers everything, and one whose silent ports stay silent', () => {
  expect(ask(0, 1_000)).toMatchObject({ asked: 100, answered: 100 });
  const limit = new UnreachableLimit(1);
  limit.answered(0, false);
  limit.silent(0, 5, 10);
  expect(limit.take(0, 10)).toBeUndefined();
  expect(limit.isLimiting(0)).toBe(false);
});

it('never pauses longer than its bound', () => {
  const limit = new UnreachableLimit(1);
  limit.answered(0, true);
  for (let ms = 0; ms < 100; ms += 1) limit.silent(0, ms, ms);
  expect(limit.take(0, 1_000)).toBeUndefined();
  expect(limit.take(0, 1_001)).toBe(1_000 + MAX_UDP_PAUSE_MS);
});
