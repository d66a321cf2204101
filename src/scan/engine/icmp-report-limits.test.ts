import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from '#domain/addresses/address.js';
import {
  LEISURE_MS,
  MAX_REPORTING_HOSTS,
  MAX_UNRESPONSIVE_PORTS_ON_TRIAL,
  ReportLimits,
  SILENCES_AT_LEISURE,
} from '#scan/engine/icmp-report-limits.js';

const HOST: Address = { family: 4, value: 0xc612_0101n };
const FRESH = { wasUnresponsive: false, isAtLeisure: false, silencesAtLeisure: 0 };

interface Host {
  /** Undefined: it has no limit. */
  readonly reportsPerSecond: number | undefined;
  readonly burst: number;
  readonly isUnresponsive: (port: number) => boolean;
  /** Whether a silent port is asked again before those that were not asked yet, or behind them. */
  readonly isAgainFirst?: boolean;
}

/** Asks ports of one host as the engine does, with answers after `LATENCY_MS`; says what was concluded of each. */
function probe(host: Host, ports: number, retries: number) {
  const limits = new ReportLimits();
  const unresponsive = new Set<number>();
  const attemptsOf = new Map<number, number>();
  let nowMs = 0;
  let tokens = host.burst;
  let filledAtMs = 0;
  const isReported = (port: number) => {
    if (host.isUnresponsive(port)) return false;
    if (host.reportsPerSecond === undefined) return true;
    tokens = Math.min(host.burst, tokens + ((nowMs - filledAtMs) / 1_000) * host.reportsPerSecond);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  const queue = Array.from({ length: ports }, (_, port) => ({ port, attempts: 0, silencesAtLeisure: 0 }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    nowMs += 10 + limits.delayMs(HOST, nowMs);
    const isAtLeisure = limits.probed(HOST, nowMs);
    const attempts = next.attempts + 1;
    attemptsOf.set(next.port, attempts);
    if (isReported(next.port)) {
      limits.reported(HOST, { wasUnresponsive: attempts > 1, isAtLeisure, silencesAtLeisure: 0 }, nowMs);
      continue;
    }
    const silencesAtLeisure = next.silencesAtLeisure + (isAtLeisure ? 1 : 0);
    const isFinal = limits.isFinal(HOST, { wasUnresponsive: attempts > 1, isAtLeisure, silencesAtLeisure });
    if (isFinal && attempts > retries) unresponsive.add(next.port);
    else if (host.isAgainFirst ?? false) queue.unshift({ port: next.port, attempts, silencesAtLeisure });
    else queue.push({ port: next.port, attempts, silencesAtLeisure });
  }
  return { unresponsive, nowMs, mostAttempts: Math.max(...attemptsOf.values()) };
}

describe('limits of reports', () => {
  it('calls no closed port silent of a host that limits its reports as Linux does, or less', () => {
    fc.assert(
      fc.property(
        fc.record({
          reportsPerSecond: fc.constantFrom(1, 2, 5, 10, undefined),
          burst: fc.integer({ min: 1, max: 7 }),
          ports: fc.integer({ min: 1, max: 200 }),
          retries: fc.integer({ min: 0, max: 3 }),
          isAgainFirst: fc.boolean(),
        }),
        ({ ports, retries, ...host }) => {
          const { unresponsive, mostAttempts } = probe(
            { ...host, isUnresponsive: () => false },
            ports,
            retries,
          );
          expect(unresponsive.size).toBe(0);
          expect(mostAttempts).toBeLessThanOrEqual(retries + 1 + SILENCES_AT_LEISURE);
        },
      ),
    );
  });

  it.each([false, true])('tells the silent ports of a limited host from the others', (isAgainFirst) => {
    const host: Host = {
      reportsPerSecond: 1,
      burst: 6,
      isUnresponsive: (port) => port % 7 === 3,
      isAgainFirst,
    };
    const { unresponsive } = probe(host, 70, 1);
    expect([...unresponsive].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, at) => 7 * at + 3),
    );
  });

  it('costs a host that reports without limit a few seconds, and one that never reports nothing', () => {
    const mostly: Host = { reportsPerSecond: undefined, burst: 1, isUnresponsive: (port) => port % 10 !== 0 };
    const { unresponsive, nowMs } = probe(mostly, 1_000, 1);
    expect(unresponsive.size).toBe(900);
    expect(nowMs).toBeLessThan(2_000 * 10 + 2 * MAX_UNRESPONSIVE_PORTS_ON_TRIAL * LEISURE_MS);
    const never = probe({ reportsPerSecond: undefined, burst: 1, isUnresponsive: () => true }, 100, 1);
    expect(never).toMatchObject({ nowMs: 2_000, mostAttempts: 2 });
    expect(never.unresponsive.size).toBe(100);
  });

  it('does not slow a host down of which a report is lost now and then', () => {
    const host: Host = { reportsPerSecond: undefined, burst: 1, isUnresponsive: (port) => port % 20 === 19 };
    expect(probe(host, 200, 1).nowMs).toBe(210 * 10);
  });

  it('slows nobody down before a port was silent', () => {
    const limits = new ReportLimits();
    limits.reported(HOST, FRESH, 0);
    expect(limits.delayMs(HOST, 0)).toBe(0);
    expect(limits.isFinal(HOST, FRESH)).toBe(false);
    limits.probed(HOST, 100);
    expect(limits.delayMs(HOST, 200)).toBe(LEISURE_MS - 100);
    expect(limits.delayMs({ family: 6, value: HOST.value }, 200)).toBe(0);
  });

  it('forgets the host it heard of first when there are too many', () => {
    const limits = new ReportLimits();
    for (let value = 0; value <= MAX_REPORTING_HOSTS; value += 1)
      limits.reported({ family: 4, value: BigInt(value) }, FRESH, 0);
    expect(limits.isFinal({ family: 4, value: 0n }, FRESH)).toBe(true);
    expect(limits.isFinal({ family: 4, value: 1n }, FRESH)).toBe(false);
  });
});
