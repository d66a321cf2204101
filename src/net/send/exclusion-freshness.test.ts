import { describe, expect, it } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { HELD_POLL_MS, heldPace } from '#net/send/exclusion-pace.js';
import { createPace } from '#net/send/pace.js';
import { systemClock } from '#net/send/system-clock.js';

function at(start: number) {
  const time = { nowMs: start };
  return { time, clock: { now: () => 0, monotonic: () => time.nowMs } };
}

function loopback() {
  const address = parseAddress('127.0.0.1');
  if (address === undefined) throw new Error('no address');
  return address;
}

describe('freshness', () => {
  it('is over until it is renewed, and is never shortened', () => {
    const { time, clock } = at(1_000);
    const freshness = new Freshness(clock);
    expect(freshness.isOver).toBe(true);
    freshness.renew(1_500.9);
    expect(freshness.isOver).toBe(false);
    freshness.renew(1_200);
    time.nowMs = 1_500;
    expect(freshness.isOver).toBe(false);
    time.nowMs = 1_500.1;
    expect(freshness.isOver).toBe(true);
  });

  it('of exclusions that are never read again is never over', () => {
    expect(Freshness.FOR_EVER.isOver).toBe(false);
  });

  it('makes a pace hold every packet while it is over, without charging for it', () => {
    const { time, clock } = at(0);
    const freshness = new Freshness(clock);
    const pace = createPace({
      packetsPerSecond: 10,
      packetsPerSecondPerHost: undefined,
      limitLoopback: true,
      clock,
    });
    const held = heldPace(pace, freshness).child({
      packetsPerSecond: undefined,
      packetsPerSecondPerHost: undefined,
    });
    time.nowMs = 5;
    expect(held.take(loopback())).toEqual({ scope: 'total', delayMs: HELD_POLL_MS });
    expect(held.reserve([loopback()])).toBeUndefined();
    freshness.renew(1_000);
    expect(held.take(loopback())).toBeUndefined();
    expect(held.take(loopback())).toMatchObject({ scope: 'total', delayMs: 100 });
    expect(held.reserve([loopback()])).toBeDefined();
  });
});

it('the system clock is the monotonic clock of the machine, however late it is first read', () => {
  const before = Number(process.hrtime.bigint()) / 1_000_000;
  const nowMs = systemClock.monotonic();
  const after = Number(process.hrtime.bigint()) / 1_000_000;
  expect(nowMs).toBeGreaterThanOrEqual(before);
  expect(nowMs).toBeLessThanOrEqual(after);
});
