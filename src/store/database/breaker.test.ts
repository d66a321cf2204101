import { beforeEach, describe, expect, test } from 'vitest';
import {
  CircuitBreaker,
  PROBE_ANSWER_MS,
  PROBE_ATTEMPT_MS,
  PROBE_PAUSE_MS,
  TICK_MS,
} from '#store/database/breaker.js';

/** Time that passes only when the test says so. */
class HandClock {
  #nowMs = 0;
  readonly #waiting: { readonly dueMs: number; readonly wake: () => void }[] = [];

  readonly pause = (durationMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      this.#waiting.push({ dueMs: this.#nowMs + durationMs, wake: resolve });
    });

  /** In steps, as a process that is not stalled sees it. */
  async pass(durationMs: number): Promise<void> {
    for (const endMs = this.#nowMs + durationMs; this.#nowMs < endMs; ) {
      await this.stall(Math.min(TICK_MS, endMs - this.#nowMs));
    }
  }

  /** All at once: whatever is due by then is seen late. */
  async stall(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    for (const { dueMs, wake } of this.#waiting) if (dueMs <= this.#nowMs) wake();
    await complete();
  }
}

/** Lets everything that was set going come to rest. */
async function complete(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

interface Attempt {
  readonly signal: AbortSignal;
  answer(): Promise<void>;
  refuse(): Promise<void>;
}

let clock: HandClock;
let attempts: Attempt[];
let breaker: CircuitBreaker;

beforeEach(() => {
  clock = new HandClock();
  attempts = [];
  breaker = new CircuitBreaker({
    pause: clock.pause,
    probe: (signal) =>
      new Promise((resolve, reject) => {
        attempts.push({
          signal,
          answer: () => {
            resolve();
            return complete();
          },
          refuse: () => {
            reject(new Error('refused'));
            return complete();
          },
        });
      }),
  });
});

describe('a suspicion', () => {
  test('is asked about once, however many report it, and an answer keeps the breaker closed', async () => {
    for (let report = 0; report < 3; report += 1) breaker.suspect();
    expect(attempts).toHaveLength(1);
    await attempts[0]?.answer();
    expect(breaker.isOpen).toBe(false);
    expect(() => breaker.assertNotRefused()).not.toThrow();
    breaker.suspect();
    expect(attempts).toHaveLength(2);
  });

  test('opens when it is refused, and an answer of the next attempt closes it', async () => {
    breaker.suspect();
    await attempts[0]?.refuse();
    expect(breaker.isOpen).toBe(true);
    expect(() => breaker.assertNotRefused()).toThrow(
      expect.objectContaining({ code: 'database_unavailable' }),
    );
    await clock.pass(PROBE_PAUSE_MS - 1);
    expect(attempts).toHaveLength(1);
    await clock.pass(1);
    expect(attempts).toHaveLength(2);
    await attempts[1]?.answer();
    expect(breaker.isOpen).toBe(false);
  });

  test('says whether PostgreSQL is away once that is known', async () => {
    expect(breaker.isAway()).toBe(false);
    breaker.suspect();
    const whileProbed = breaker.isAway();
    await attempts[0]?.answer();
    expect(whileProbed).toBeInstanceOf(Promise);
    expect([await whileProbed, breaker.isAway()]).toEqual([false, false]);
    breaker.suspect();
    const whileUnresponsive = breaker.isAway();
    await clock.pass(PROBE_ANSWER_MS);
    expect([await whileUnresponsive, breaker.isAway()]).toEqual([true, true]);
  });

  test('opens when the answer is late, and closes by that same answer', async () => {
    breaker.suspect();
    await clock.pass(PROBE_ANSWER_MS - 1);
    expect(breaker.isOpen).toBe(false);
    await clock.pass(1);
    expect(breaker.isOpen).toBe(true);
    expect(() => breaker.assertNotRefused()).not.toThrow();
    await attempts[0]?.answer();
    expect(breaker.isOpen).toBe(false);
    expect(attempts).toHaveLength(1);
  });

  test('does not open while others are answered, nor for a stall of this process', async () => {
    breaker.suspect();
    for (let round = 0; round < 5; round += 1) {
      await clock.pass(PROBE_ANSWER_MS - TICK_MS);
      breaker.received();
      await clock.pass(TICK_MS);
    }
    await clock.stall(2 * PROBE_ANSWER_MS);
    expect(breaker.isOpen).toBe(false);
    expect(attempts).toHaveLength(1);
    await clock.pass(PROBE_ANSWER_MS);
    expect(breaker.isOpen).toBe(true);
    breaker.received();
    expect(breaker.isOpen).toBe(false);
  });

  test('does not open when an attempt is given up while others are answered', async () => {
    breaker.suspect();
    for (let passedMs = 0; passedMs <= PROBE_ATTEMPT_MS; passedMs += PROBE_ANSWER_MS / 2) {
      await clock.pass(PROBE_ANSWER_MS / 2);
      breaker.received();
    }
    expect(attempts[0]?.signal.aborted).toBe(true);
    expect(breaker.isOpen).toBe(false);
  });

  test('gives an attempt without an answer up, and makes one at a time', async () => {
    breaker.suspect();
    for (let round = 1; round <= 20; round += 1) {
      await clock.pass(PROBE_ATTEMPT_MS);
      expect(attempts[round - 1]?.signal.aborted).toBe(true);
      expect(breaker.isOpen).toBe(true);
      await clock.pass(PROBE_PAUSE_MS);
      expect(attempts).toHaveLength(round + 1);
      expect(attempts[round]?.signal.aborted).toBe(false);
    }
  });
});

describe('who waits', () => {
  test('hears of the closing; an abort ends the waiting while it is open', async () => {
    breaker.suspect();
    await attempts[0]?.refuse();
    const leaving = new AbortController();
    const left = breaker.whenClosed(leaving.signal);
    const stayed = breaker.whenClosed(new AbortController().signal);
    leaving.abort();
    expect(await left).toBe(false);
    await clock.pass(PROBE_PAUSE_MS);
    await attempts[1]?.answer();
    expect(await stayed).toBe(true);
  });

  test('for an answer of the database is told of the opening at once', async () => {
    const reported = expect(breaker.orAway(new Promise<never>(() => undefined))).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    const quick = breaker.orAway(Promise.resolve(1));
    expect(await quick).toBe(1);
    breaker.suspect();
    await attempts[0]?.refuse();
    await reported;
    await expect(breaker.orAway(Promise.resolve(1))).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});

test('a closed program asks nothing more', async () => {
  breaker.suspect();
  await attempts[0]?.refuse();
  await breaker.close();
  await clock.pass(PROBE_PAUSE_MS);
  breaker.suspect();
  await complete();
  expect(attempts).toHaveLength(1);
});
