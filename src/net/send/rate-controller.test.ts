import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACE_WINDOW_MS } from '#net/send/budget.js';
import { createPace } from '#net/send/pace.js';
import { type PathMeasure, RateController } from '#net/send/rate-controller.js';

const TIMEOUT_MS = 100;
const TICK_MS = 1;
const MEASURE_EVERY = 20;

interface Path {
  /** Packets per second that the path carries; the rest is lost, or queued where there is a queue. */
  readonly bears: number;
  /** Share that is lost whatever the rate. */
  readonly lossShare?: number;
  readonly queuePackets?: number;
  /** What limits the rate instead of the path. */
  readonly limit?: 'kernel' | 'buffer';
}

/** Every probe is answered after 1 ms, except lost ones, which are answered one timeout later. */
function simulate(path: Path, forMs: number) {
  const controller = new RateController({ nowMs: 0, timeoutMs: TIMEOUT_MS });
  const lateAt: number[] = [];
  let queue = 0;
  let total = 0;
  const rates: number[] = [];
  let measure = { sent: 0, answered: 0, late: 0, dropped: 0, bufferFull: 0, roundTrip: 1_000 };
  for (let ms = 0; ms < forMs; ms += TICK_MS) {
    const sent = controller.allowance(ms);
    controller.spend(sent);
    total += sent;
    const capacity = path.bears / 1_000 + (path.queuePackets ?? 0) - queue;
    const over = Math.max(0, sent - capacity);
    queue = Math.max(0, queue + sent - over - path.bears / 1_000);
    const lost = path.limit === undefined ? over + (sent - over) * (path.lossShare ?? 0) : 0;
    const late = lateAt[ms] ?? 0;
    lateAt[ms + TIMEOUT_MS] = lost;
    measure = {
      sent: measure.sent + sent,
      answered: measure.answered + sent - lost + late,
      late: measure.late + late,
      dropped: measure.dropped + (path.limit === 'kernel' ? over : 0),
      bufferFull: measure.bufferFull + (path.limit === 'buffer' && over > 0 ? 1 : 0),
      roundTrip: Math.min(measure.roundTrip, 1_000 + (queue / path.bears) * 1_000_000),
    };
    if (ms % MEASURE_EVERY !== 0) continue;
    controller.observe({ ...measure, roundTripMicroseconds: measure.roundTrip } satisfies PathMeasure, ms);
    measure = {
      sent: 0,
      answered: 0,
      late: 0,
      dropped: 0,
      bufferFull: 0,
      roundTrip: Number.POSITIVE_INFINITY,
    };
    rates.push(controller.packetsPerSecond);
  }
  const laterRates = rates.slice(rates.length >> 1);
  const mean = laterRates.reduce((sum, rate) => sum + rate, 0) / laterRates.length;
  return { controller, mean, total };
}

describe('RateController', () => {
  it.each([
    { signal: 'loss', path: { bears: 50_000 } },
    { signal: 'loss on a lossy path', path: { bears: 50_000, lossShare: 0.05 } },
    { signal: 'round trips', path: { bears: 50_000, queuePackets: 10_000 } },
    { signal: 'drops in the kernel', path: { bears: 50_000, limit: 'kernel' as const } },
    { signal: 'a full send buffer', path: { bears: 50_000, limit: 'buffer' as const } },
  ])('finds the capacity of a path by $signal', ({ path }) => {
    const { mean } = simulate(path, 20_000);
    expect(mean).toBeGreaterThan(path.bears * 0.5);
    expect(mean).toBeLessThan(path.bears * 1.5);
  });

  it('does not stay slow for loss that it does not cause', () => {
    const { mean, controller } = simulate({ bears: 10_000_000, lossShare: 0.0975 }, 20_000);
    expect(mean).toBeGreaterThan(500_000);
    expect(controller.trace.map(({ cause }) => cause)).toContain('loss-not-ours');
  });

  it('grows freely where nothing limits it, and records each change', () => {
    const { controller } = simulate({ bears: 10_000_000 }, 1_000);
    expect(controller.packetsPerSecond).toBeGreaterThan(1_000_000);
    const { trace } = controller;
    expect(trace[0]).toMatchObject({ atMs: 0, cause: 'start' });
    expect(trace.slice(1).every(({ cause }) => cause === 'growth')).toBe(true);
    expect(trace.map(({ atMs }) => atMs)).toEqual(trace.map(({ atMs }) => atMs).sort((a, b) => a - b));
  });

  it('never sends more than the budget of the pace in any 100 ms, whatever it measures', () => {
    const measure = fc.record({
      sent: fc.nat(1_000),
      answered: fc.nat(1_000),
      late: fc.nat(1_000),
      roundTripMicroseconds: fc.option(fc.nat(100_000), { nil: undefined }),
      dropped: fc.constantFrom(0, 0, 0, 5),
      bufferFull: fc.constantFrom(0, 0, 0, 1),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 50_000 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), measure), { maxLength: 60 }),
        (packetsPerSecond, rounds) => {
          let nowMs = 0;
          const clock = { now: () => nowMs, monotonic: () => nowMs };
          const pace = createPace({ packetsPerSecond, packetsPerSecondPerHost: undefined, clock });
          const controller = new RateController({ nowMs, timeoutMs: TIMEOUT_MS });
          const sentAtMs: number[] = [];
          for (const [restMs, seen] of rounds) {
            nowMs += restMs / 10;
            let sent = 0;
            for (let left = controller.allowance(nowMs); left > 0; left -= 1) {
              if (pace.take({ family: 4, value: 1n }) !== undefined) break;
              sentAtMs.push(nowMs);
              sent += 1;
            }
            controller.spend(sent);
            controller.observe(seen, nowMs);
          }
          const budget = Math.ceil((packetsPerSecond * PACE_WINDOW_MS) / 1_000);
          for (const [at, from] of sentAtMs.entries()) {
            const beyond = sentAtMs[at + budget];
            if (beyond !== undefined) expect(beyond - from).toBeGreaterThanOrEqual(PACE_WINDOW_MS - 1e-6);
          }
        },
      ),
    );
  });
});
