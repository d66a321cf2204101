import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import { MAX_PACED_HOSTS } from '#net/send/budget.js';
import { createLevel, createPace, type Pace, type PaceLimits, paceOf } from '#net/send/pace.js';

const UNLIMITED: PaceLimits = { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined };

class SimulatedClock {
  ms = 0;
  now(): number {
    return this.ms;
  }
  monotonic(): number {
    return this.ms;
  }
}

function host(index: number): Address {
  return { family: 4, value: 0xc612_0000n + BigInt(index) };
}

function loopback(): Address {
  return parseAddress('127.0.0.1') ?? host(0);
}

interface Sent {
  readonly atMs: number;
  readonly host: number;
}

/** A greedy sender: whenever it wakes, delayed by `lateMs`, it sends all that the pace allows. */
function sendAll(
  pace: Pace,
  clock: SimulatedClock,
  run: { hosts: number; untilMs: number; lateMs: number[] },
): Sent[] {
  const sent: Sent[] = [];
  for (let wake = 0; clock.ms < run.untilMs; wake += 1) {
    let nextMs = Number.POSITIVE_INFINITY;
    for (let index = 0; index < run.hosts; index += 1) {
      let wait = pace.take(host(index));
      for (; wait === undefined; wait = pace.take(host(index))) sent.push({ atMs: clock.ms, host: index });
      nextMs = Math.min(nextMs, clock.ms + wait.delayMs);
      if (wait.scope === 'total') break;
    }
    clock.ms = nextMs + (run.lateMs[wake % run.lateMs.length] ?? 0);
  }
  return sent;
}

/** Tolerance for floating-point rounding. */
const ROUNDING_MS = 1e-6;

/** The most packets in any half-open window of 100 ms. */
function busiestWindow(timesMs: readonly number[]): number {
  let busiest = 0;
  let first = 0;
  for (const [last, atMs] of timesMs.entries()) {
    while ((timesMs[first] ?? 0) <= atMs - 100 + ROUNDING_MS) first += 1;
    busiest = Math.max(busiest, last - first + 1);
  }
  return busiest;
}

const rate = fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.double({ min: 0.5, max: 300, noNaN: true }));
const lateness = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('pace', () => {
  it('never exceeds its budgets by more than a packet in any 100 ms, however late its sender wakes', () => {
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 1, max: 8 }), lateness, (total, perHost, hosts, lateMs) => {
        const clock = new SimulatedClock();
        const pace = createPace({ packetsPerSecond: total, packetsPerSecondPerHost: perHost, clock });
        const sent = sendAll(pace, clock, { hosts, untilMs: 1_000, lateMs });
        expect(busiestWindow(sent.map(({ atMs }) => atMs))).toBeLessThanOrEqual(total / 10 + 1);
        for (let index = 0; index < hosts; index += 1) {
          const ofHost = sent.filter(({ host }) => host === index).map(({ atMs }) => atMs);
          expect(busiestWindow(ofHost)).toBeLessThanOrEqual(perHost / 10 + 1);
        }
      }),
    );
  });

  it('spends its whole budget though its sender wakes late', () => {
    const clock = new SimulatedClock();
    const pace = createPace({ ...UNLIMITED, packetsPerSecond: 1_000, clock });
    const sent = sendAll(pace, clock, { hosts: 1, untilMs: 10_000, lateMs: [0.9, 0, 2.3, 1.1] });
    expect(sent.length).toBeGreaterThan(9_700);
    expect(sent.length).toBeLessThanOrEqual(10_101);
  });

  it('reports whether all hosts have to wait or only one', () => {
    const clock = new SimulatedClock();
    const pace = createPace({ packetsPerSecond: 20, packetsPerSecondPerHost: 10, clock });
    expect(pace.take(host(1))).toBeUndefined();
    expect(pace.take(host(1))).toEqual({ scope: 'host', delayMs: 100 });
    expect(pace.take(host(2))).toBeUndefined();
    clock.ms = 30;
    expect(pace.take(host(3))).toEqual({ scope: 'total', delayMs: 70 });
    clock.ms = 100;
    expect(pace.take(host(1))).toBeUndefined();
  });

  it('charges nothing when a packet has to wait', () => {
    const clock = new SimulatedClock();
    const shared = createPace({ ...UNLIMITED, packetsPerSecond: 20, clock });
    const slow = shared.child({ ...UNLIMITED, packetsPerSecond: 10 });
    expect(slow.take(host(1))).toBeUndefined();
    for (let i = 0; i < 5; i += 1) expect(slow.take(host(1))?.scope).toBe('total');
    expect(shared.take(host(1))).toBeUndefined();
    expect(shared.take(host(1))?.scope).toBe('total');
  });

  it('shares the parent among its children', () => {
    const clock = new SimulatedClock();
    const shared = createPace({ packetsPerSecond: 30, packetsPerSecondPerHost: 10, clock });
    const [one, two] = [shared.child(UNLIMITED), shared.child(UNLIMITED)];
    expect(one.take(host(1))).toBeUndefined();
    expect(two.take(host(1))?.scope).toBe('host');
    expect(two.take(host(2))).toBeUndefined();
    expect(one.take(host(3))).toBeUndefined();
    expect(one.take(host(4))?.scope).toBe('total');
    expect(two.take(host(5))?.scope).toBe('total');
  });

  it('does not limit loopback unless `limitLoopback` is set', () => {
    const clock = new SimulatedClock();
    const shared = createPace({ packetsPerSecond: 10, packetsPerSecondPerHost: 10, clock });
    for (let i = 0; i < 1_000; i += 1) expect(shared.take(loopback())).toBeUndefined();
    expect(shared.take(host(1))).toBeUndefined();
    const probed = shared.child({ ...UNLIMITED, packetsPerSecond: 10, limitLoopback: true });
    expect(probed.take(loopback())).toBeUndefined();
    expect(probed.take(loopback())).toEqual({ scope: 'total', delayMs: 100 });
  });

  it('keeps IPv4 and IPv6 hosts of the same number apart', () => {
    const clock = new SimulatedClock();
    const pace = createPace({ ...UNLIMITED, packetsPerSecondPerHost: 10, clock });
    expect(pace.take({ family: 4, value: 0xc612_0001n })).toBeUndefined();
    expect(pace.take({ family: 6, value: 0xc612_0001n })).toBeUndefined();
  });

  it('tracks a bounded number of hosts and makes a further one wait rather than go unlimited', () => {
    const clock = new SimulatedClock();
    const pace = createPace({ ...UNLIMITED, packetsPerSecondPerHost: 10, clock });
    for (let i = 0; i < MAX_PACED_HOSTS; i += 1) expect(pace.take(host(i))).toBeUndefined();
    clock.ms = 40;
    expect(pace.take(host(MAX_PACED_HOSTS))).toEqual({ scope: 'host', delayMs: 60 });
    clock.ms = 100;
    expect(pace.take(host(MAX_PACED_HOSTS))).toBeUndefined();
    expect(pace.take(host(0))).toBeUndefined();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 10_000_001])(
    'refuses %s as a rate',
    (packetsPerSecond) => {
      expect(() => createPace({ ...UNLIMITED, packetsPerSecond, clock: new SimulatedClock() })).toThrow(
        /above 0/,
      );
    },
  );
});

/** A program that paces itself, as unevenly as its rate allows: all packets of a window at once. */
function sentByItself(packetsPerSecond: number, fromMs: number, untilMs: number): number[] {
  const atOnce = Math.ceil(packetsPerSecond / 10);
  const everyMs = (atOnce * 1_000) / packetsPerSecond;
  const times: number[] = [];
  for (let atMs = fromMs; atMs < untilMs; atMs += everyMs)
    times.push(...Array.from({ length: atOnce }, () => atMs));
  return times;
}

const totals = fc.integer({ min: 1, max: 3_000 });
const span = fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 1, max: 600 }));

describe('a reservation', () => {
  it('keeps the sum of all senders within the budget, before, during and after it', () => {
    fc.assert(
      fc.property(
        totals,
        fc.boolean(),
        fc.array(span, { maxLength: 4 }),
        lateness,
        (total, isShared, spans, lateMs) => {
          const clock = new SimulatedClock();
          const pace = createPace({ ...UNLIMITED, packetsPerSecond: total, isShared, clock });
          const sent: number[] = [];
          const ends: { readonly atMs: number; readonly end: () => void }[] = [];
          const starts = spans.toSorted(([a], [b]) => a - b);
          while (clock.ms < 1_500) {
            const [next] = starts;
            if (next !== undefined && next[0] <= clock.ms) {
              starts.shift();
              const reserved = pace.reserve([host(1)]);
              if (reserved?.packetsPerSecond !== undefined) {
                const fromMs = clock.ms + reserved.delayMs;
                sent.push(...sentByItself(reserved.packetsPerSecond, fromMs, fromMs + next[1]));
                ends.push({ atMs: fromMs + next[1], end: () => reserved.end() });
              }
            }
            for (const { atMs, end } of ends) if (atMs <= clock.ms) end();
            sendAll(pace, clock, { hosts: 1, untilMs: clock.ms + 1, lateMs }).forEach(({ atMs }) =>
              sent.push(atMs),
            );
          }
          // Each sender may round its part up to a packet.
          const senders = 1 + spans.length;
          expect(busiestWindow(sent.toSorted((a, b) => a - b))).toBeLessThanOrEqual(total / 10 + senders);
        },
      ),
    );
  });

  it('takes most of a total of its own, half of a shared one, and no limit where there is none', () => {
    const clock = new SimulatedClock();
    const own = createPace({ ...UNLIMITED, packetsPerSecond: 200, clock });
    const shared = createPace({ ...UNLIMITED, packetsPerSecond: 1_000, isShared: true, clock });
    expect(own.reserve([host(1)])).toMatchObject({ packetsPerSecond: 180, delayMs: 100 });
    expect(shared.reserve([host(1)])).toMatchObject({ packetsPerSecond: 500 });
    expect(shared.child(UNLIMITED).reserve([host(1)])).toMatchObject({ packetsPerSecond: 250 });
    expect(shared.reserve([loopback()])).toMatchObject({ packetsPerSecond: undefined, delayMs: 0 });
    expect(shared.reserve([loopback(), host(1)])).toMatchObject({ packetsPerSecond: 120 });
    const single = createPace({ ...UNLIMITED, packetsPerSecond: 1, clock });
    expect(single.reserve([host(1)])).toMatchObject({ packetsPerSecond: 1 });
    expect(single.reserve([host(1)])).toBeUndefined();
    expect(single.take(host(1))).toEqual({ scope: 'total', delayMs: 100 });
  });

  it('returns its packets once', () => {
    const clock = new SimulatedClock();
    const pace = createPace({ ...UNLIMITED, packetsPerSecond: 100, isShared: true, clock });
    const burst = () => sendAll(pace, clock, { hosts: 1, untilMs: clock.ms + 1, lateMs: [0] }).length;
    const reserved = pace.reserve([host(1)]);
    expect(burst()).toBe(5);
    reserved?.end();
    clock.ms += 99;
    reserved?.end();
    clock.ms += 101;
    expect(burst()).toBe(10);
  });
});

describe('a pace without limits for an address', () => {
  it.each([
    { limits: UNLIMITED, free: [true, true] },
    { limits: { ...UNLIMITED, packetsPerSecond: 5 }, free: [false, true] },
    { limits: { ...UNLIMITED, packetsPerSecondPerHost: 5 }, free: [false, true] },
    { limits: { ...UNLIMITED, packetsPerSecond: 5, limitLoopback: true }, free: [false, false] },
  ])('reports it: $limits', ({ limits, free }) => {
    const clock = new SimulatedClock();
    const pace = createPace({ ...limits, clock });
    const child = createPace({ ...UNLIMITED, clock }).child(limits);
    for (const one of [pace, child]) expect([one.isFree(host(1)), one.isFree(loopback())]).toEqual(free);
    // An address without limits never has to wait.
    for (let packet = 0; packet < 1_000; packet += 1) {
      if (free[0] === true) expect(pace.take(host(1))).toBeUndefined();
      if (free[1] === true) expect(pace.take(loopback())).toBeUndefined();
    }
  });
});

/** One process, with a limit whose parts the test changes. */
interface Program {
  readonly limit: { packetsPerSecond: number; parts: number };
  readonly pace: Pace;
}

function programOf(
  clock: SimulatedClock,
  packetsPerSecond: number,
  { parts, perHost = false }: { readonly parts: number; readonly perHost?: boolean },
): Program {
  const limit = { packetsPerSecond, parts };
  const limits = perHost ? { total: undefined, perHost: limit } : { total: limit, perHost: undefined };
  return { limit, pace: paceOf([createLevel(limits)], clock) };
}

/** Lets all processes send greedily until `untilMs`; returns when each packet was sent. */
function sendTogether(programs: readonly Program[], clock: SimulatedClock, untilMs: number): number[] {
  const sent: number[] = [];
  for (; clock.ms < untilMs; clock.ms += 7)
    for (const { pace } of programs)
      for (let wait = pace.take(host(1)); wait === undefined; wait = pace.take(host(1))) sent.push(clock.ms);
  return sent;
}

describe('a part of a rate', () => {
  it.each([false, true])(
    'lets all processes together send no more than one alone in any 100 ms, in total and per host',
    (perHost) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 16 }), (rate, programs) => {
          fc.pre(Math.ceil(rate / 10) >= programs);
          const clock = new SimulatedClock();
          const parts = ALL_PARTS / programs;
          const all = Array.from({ length: programs }, () =>
            programOf(clock, rate, { parts: Math.floor(parts), perHost }),
          );
          const sent = sendTogether(all, clock, 1_000);
          expect(busiestWindow(sent)).toBeLessThanOrEqual(Math.ceil(rate / 10));
          expect(sent.length).toBeGreaterThan(0);
        }),
        { numRuns: 50 },
      );
    },
  );

  it('smaller than a packet per window is one packet in a longer span, and never zero', () => {
    const clock = new SimulatedClock();
    const third = programOf(clock, 1, { parts: ALL_PARTS / 3, perHost: true });
    const sent = sendTogether([third], clock, 60_000);
    // A packet every three seconds, rounded up to when its sender wakes.
    expect(sent).toHaveLength(20);
    expect(Math.min(...sent.slice(1).map((atMs, index) => atMs - (sent[index] ?? 0)))).toBeGreaterThanOrEqual(
      3_000,
    );
  });

  it('of zero holds every packet, and a larger one releases them at once', () => {
    const clock = new SimulatedClock();
    const ofTotal = programOf(clock, 100, { parts: 0 });
    const ofHost = programOf(clock, 100, { parts: 0, perHost: true });
    expect(ofTotal.pace.take(host(1))).toEqual({ scope: 'total', delayMs: 100 });
    expect(ofHost.pace.take(host(1))).toEqual({ scope: 'host', delayMs: 100 });
    for (const { limit, pace } of [ofTotal, ofHost]) {
      expect(pace.reserve([host(1)])).toBeUndefined();
      limit.parts = ALL_PARTS / 2;
      expect(pace.take(host(1))).toBeUndefined();
    }
  });

  it('that becomes smaller applies from the next packet on, counting earlier packets', () => {
    const clock = new SimulatedClock();
    const program = programOf(clock, 100, { parts: ALL_PARTS });
    const burst = () => sendTogether([program], clock, clock.ms + 1).length;
    expect(burst()).toBe(10);
    program.limit.parts = ALL_PARTS / 2;
    clock.ms = 99;
    expect(burst()).toBe(0);
    clock.ms = 100;
    expect(burst()).toBe(5);
    program.limit.packetsPerSecond = 200;
    expect(burst()).toBe(5);
    program.limit.packetsPerSecond = 20;
    clock.ms = 199;
    expect(burst()).toBe(0);
    clock.ms = 220;
    expect(burst()).toBe(1);
  });

  it('limits a reservation, which is too much when the part becomes smaller', () => {
    const clock = new SimulatedClock();
    const total = programOf(clock, 1_000, { parts: ALL_PARTS / 2 });
    const reserved = total.pace.reserve([host(1)]);
    expect(reserved).toMatchObject({
      packetsPerSecond: 450,
      packetsPerSecondPerHost: undefined,
      isTooMuch: false,
    });
    total.limit.parts = ALL_PARTS;
    expect(reserved?.isTooMuch).toBe(false);
    total.limit.parts = ALL_PARTS / 3;
    expect(reserved?.isTooMuch).toBe(true);
    const slow = programOf(clock, 1, { parts: ALL_PARTS / 4 });
    expect(slow.pace.reserve([host(1)])).toMatchObject({ packetsPerSecond: 0.25 });
    const perHost = programOf(clock, 40, { parts: ALL_PARTS / 2, perHost: true });
    const ofHosts = perHost.pace.reserve([host(1)]);
    expect(ofHosts).toMatchObject({
      packetsPerSecond: undefined,
      packetsPerSecondPerHost: 20,
      isTooMuch: false,
    });
    perHost.limit.parts = ALL_PARTS / 3;
    expect(ofHosts?.isTooMuch).toBe(true);
  });
});
