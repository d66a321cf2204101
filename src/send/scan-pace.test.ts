import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/address.js';
import type { Pace } from '#send/pace.js';
import { ScanPaces, type ScanRate } from '#send/scan-pace.js';

const still = { now: () => 0, monotonic: () => 0 };
const DEFAULT: ScanRate = {
  packetsPerSecond: undefined,
  packetsPerSecondPerHost: undefined,
  unlimited: false,
};

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

function burstAt(text: string, pace: Pace): number {
  return Array.from({ length: 500 }, () => pace.take(address(text))).filter((wait) => wait === undefined)
    .length;
}

/** How many packets leave in one instant, over that many hosts. */
function burst(pace: Pace, hosts: number, tries = 5_000): number {
  let sent = 0;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const host = attempt % hosts;
    if (pace.take(address(`198.18.${Math.floor(host / 250)}.${host % 250}`)) === undefined) sent += 1;
  }
  return sent;
}

describe('ScanPaces', () => {
  it('is gentle by default: a tenth of a second holds 100 packets, 4 to one host', () => {
    expect(burst(new ScanPaces(still).lend('a', DEFAULT).pace, 1_000)).toBe(100);
    expect(burst(new ScanPaces(still).lend('a', DEFAULT).pace, 1)).toBe(4);
  });

  it('shares the default budget between scans', () => {
    const paces = new ScanPaces(still);
    expect(burst(paces.lend('a', DEFAULT).pace, 1_000)).toBe(100);
    expect(burst(paces.lend('b', DEFAULT).pace, 1_000)).toBe(0);
  });

  it('shares a named rate between the shards of a scan, and forgets it with the last', () => {
    const paces = new ScanPaces(still);
    const rate = { ...DEFAULT, packetsPerSecond: 200 };
    const one = paces.lend('a', rate);
    const two = paces.lend('a', rate);
    expect(burst(one.pace, 1_000)).toBe(20);
    expect(burst(two.pace, 1_000)).toBe(0);
    one.giveBack();
    two.giveBack();
    expect(burst(paces.lend('a', rate).pace, 1_000)).toBe(20);
  });

  it('lifts both limits for an unlimited scan, and still holds one that was named per host', () => {
    const unlimited = { ...DEFAULT, unlimited: true };
    expect(burst(new ScanPaces(still).lend('a', unlimited).pace, 1)).toBe(5_000);
    expect(burst(new ScanPaces(still).lend('b', { ...unlimited, packetsPerSecondPerHost: 50 }).pace, 1)).toBe(
      5,
    );
  });

  it('never limits loopback unless a limit was named', () => {
    const free = new ScanPaces(still).lend('a', DEFAULT).pace;
    const held = new ScanPaces(still).lend('b', { ...DEFAULT, packetsPerSecond: 10 }).pace;
    expect(burstAt('127.0.0.1', free)).toBe(500);
    expect(burstAt('127.0.0.1', held)).toBe(1);
  });
});
