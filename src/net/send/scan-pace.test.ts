import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '#domain/addresses/address.js';
import { ALL_PARTS } from '#domain/rates/rate-share.js';
import type { Pace } from '#net/send/pace.js';
import { ALONE, type RateTerms, ScanPaces, type ScanRate } from '#net/send/scan-pace.js';

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

/** How many packets may be sent at one time, over `hosts` hosts. */
function burst(pace: Pace, hosts: number, tries = 5_000): number {
  let sent = 0;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const host = attempt % hosts;
    if (pace.take(address(`198.18.${Math.floor(host / 250)}.${host % 250}`)) === undefined) sent += 1;
  }
  return sent;
}

describe('ScanPaces', () => {
  it('has default limits: 100 packets in a tenth of a second, 4 to one host', () => {
    expect(burst(new ScanPaces(still).lend('a', DEFAULT).pace, 1_000)).toBe(100);
    expect(burst(new ScanPaces(still).lend('a', DEFAULT).pace, 1)).toBe(4);
  });

  it('shares the default budget between scans', () => {
    const paces = new ScanPaces(still);
    expect(burst(paces.lend('a', DEFAULT).pace, 1_000)).toBe(100);
    expect(burst(paces.lend('b', DEFAULT).pace, 1_000)).toBe(0);
  });

  it('shares the rate of a scan between its shards, and drops it with the last', () => {
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

  it('lifts both limits for an unlimited scan, but keeps an explicit limit per host', () => {
    const unlimited = { ...DEFAULT, unlimited: true };
    expect(burst(new ScanPaces(still).lend('a', unlimited).pace, 1)).toBe(5_000);
    expect(burst(new ScanPaces(still).lend('b', { ...unlimited, packetsPerSecondPerHost: 50 }).pace, 1)).toBe(
      5,
    );
  });

  it('does not limit loopback unless a limit is explicit', () => {
    const free = new ScanPaces(still).lend('a', DEFAULT).pace;
    const held = new ScanPaces(still).lend('b', { ...DEFAULT, packetsPerSecond: 10 }).pace;
    expect(burstAt('127.0.0.1', free)).toBe(500);
    expect(burstAt('127.0.0.1', held)).toBe(1);
  });
});

describe('terms', () => {
  const HALF: RateTerms = {
    ...ALONE,
    requestNumber: 1,
    site: 1,
    siteParts: ALL_PARTS / 2,
    scanParts: ALL_PARTS / 4,
  };

  it('take default rates from the part of the site, and explicit rates from the part of the scan', () => {
    expect(burst(new ScanPaces(still).lend('a', DEFAULT, HALF).pace, 1_000)).toBe(50);
    expect(burst(new ScanPaces(still).lend('a', DEFAULT, HALF).pace, 1)).toBe(2);
    const named = { ...DEFAULT, packetsPerSecond: 400 };
    expect(burst(new ScanPaces(still).lend('a', named, HALF).pace, 1_000)).toBe(10);
    expect(burst(new ScanPaces(still).lend('a', named, HALF).pace, 1)).toBe(1);
    const perHost = { ...DEFAULT, packetsPerSecondPerHost: 80 };
    expect(burst(new ScanPaces(still).lend('a', perHost, HALF).pace, 1)).toBe(2);
  });

  it('apply to all scans of a site at once, and older ones are ignored', () => {
    const paces = new ScanPaces(still);
    const one = paces.lend('a', DEFAULT, HALF);
    const other = paces.lend('b', DEFAULT, { ...HALF, requestNumber: 2, siteParts: ALL_PARTS / 10 });
    expect(burst(one.pace, 1_000)).toBe(10);
    one.renew(HALF);
    expect(burst(other.pace, 1_000)).toBe(0);
    one.renew({ ...HALF, requestNumber: 3 });
    expect(burst(other.pace, 1_000)).toBe(40);
    // A scan without the rates of the site does not change them.
    paces.lend('c', { ...DEFAULT, unlimited: true }, { ...HALF, requestNumber: 4, siteParts: null });
    expect(burst(one.pace, 1_000)).toBe(0);
  });

  it('do not make a program faster that scans for two sites', () => {
    const paces = new ScanPaces(still);
    const complete = { ...HALF, siteParts: ALL_PARTS };
    expect(burst(paces.lend('a', DEFAULT, complete).pace, 1_000)).toBe(100);
    expect(burst(paces.lend('b', DEFAULT, { ...complete, site: 2 }).pace, 1_000)).toBe(0);
  });

  it('change the default rates at once', () => {
    const paces = new ScanPaces(still);
    const lent = paces.lend('a', DEFAULT, HALF);
    const defaultRates = { packetsPerSecond: 400, packetsPerSecondPerHost: 20 };
    lent.renew({ ...HALF, requestNumber: 2, defaultRates });
    expect(burst(lent.pace, 1)).toBe(1);
    expect(burst(lent.pace, 1_000)).toBe(19);
  });
});
