import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import type { Probe } from '#domain/scans/plan.js';
import { NO_RESPONSE, type Outcome, type ProbeResult } from '#net/probe/ports/outcome.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { DRAIN_MS } from '#scan/engine/engine.js';
import {
  CLOSED,
  clock,
  LATENCY_MS,
  read,
  run,
  SimulatedNetwork,
} from '../../../test/support/network/simulated-network.ts';
import { outcomeName } from '../../../test/support/scans/outcome-name.ts';

const OPEN: Outcome = { state: 'open', reason: 'syn-ack' };
const RESET: Outcome = { state: 'open', reason: 'conn-reset' };
const REAL_PORTS = new Set([22, 80, 443]);

/** 198.18.0.1 is a host, all others are answered for. */
function network(impostor: (probe: Probe) => ProbeResult = () => OPEN): SimulatedNetwork {
  return new SimulatedNetwork((probe) => {
    if (formatAddress(probe.address) !== '198.18.0.1') return impostor(probe);
    return REAL_PORTS.has(probe.port) ? OPEN : CLOSED;
  });
}

function words(reading: ReturnType<typeof read>, host: string): Set<string> {
  return new Set(
    reading.completed.filter(({ probe }) => formatAddress(probe.address) === host).map(outcomeName),
  );
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe.each(['80', '22,80,443', '1-1000', '1-65535'])('a connect scan of ports %s', (ports) => {
  it('believes hosts and no impostors', { timeout: 120_000 }, async () => {
    const simulated = network();
    const reading = read(
      run(simulated, { targets: ['198.18.0.1', '198.18.0.2'], ports, concurrency: 1_000 }),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reading).toMatchObject({ isEnded: true, error: undefined });
    const isAll = ports === '80' || ports === '22,80,443';
    expect(words(reading, '198.18.0.1')).toEqual(
      new Set(isAll ? ['open syn-ack'] : ['open syn-ack', 'closed conn-refused']),
    );
    expect(words(reading, '198.18.0.2')).toEqual(new Set(['unknown answers-all']));
    // Every packet is counted with a position.
    const attempts = reading.completed.reduce((sum, completed) => sum + completed.attempts, 0);
    expect(attempts).toBe(simulated.sent.length);
    const positions = new Set(reading.completed.map(({ position }) => position));
    expect(reading.completed).toHaveLength(positions.size);
  });
});

describe('a connect scan past an impostor', () => {
  it('believes a refusal, and no other answer, where nine in ten ports are accepted', async () => {
    const simulated = network(({ port }) => (port % 10 === 0 ? CLOSED : OPEN));
    const reading = read(run(simulated, { targets: ['198.18.0.2'], ports: '1-1000', concurrency: 100 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(words(reading, '198.18.0.2')).toEqual(new Set(['unknown answers-all', 'closed conn-refused']));
    expect(reading.completed).toHaveLength(1_000);
  });

  it('is not fooled by one that accepts and resets', async () => {
    const reading = read(
      run(
        network(() => RESET),
        { targets: ['198.18.0.2'], ports: '1-100' },
      ),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(words(reading, '198.18.0.2')).toEqual(new Set(['unknown answers-all']));
  });

  it('names a tarpit', async () => {
    const tarpit = network(() => ({ ...OPEN, windowBytes: 5 }));
    const reading = read(run(tarpit, { targets: ['198.18.0.2'], ports: '1-100' }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(words(reading, '198.18.0.2')).toEqual(new Set(['unknown tarpit']));
  });

  it('believes a host behind a firewall that drops the canaries, after asking each again', async () => {
    const simulated = network(({ port }) => (port === 443 ? OPEN : NO_RESPONSE));
    const reading = read(run(simulated, { targets: ['198.18.0.2'], ports: '443', retries: 1 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reading.completed).toMatchObject([{ attempts: 7, outcome: OPEN }]);
  });

  it('holds its budgets with the canaries', async () => {
    const pace = createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: 20, clock });
    const simulated = network();
    const reading = read(
      run(simulated, { targets: ['198.18.0.2-198.18.0.9'], ports: '80', concurrency: 1_000, pace }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reading.isEnded).toBe(true);
    const perHost = Map.groupBy(simulated.sent, ({ probe }) => formatAddress(probe.address));
    expect(perHost.size).toBe(8);
    for (const sent of perHost.values()) {
      expect(sent).toHaveLength(1 + 12);
      for (const { atMs } of sent)
        expect(
          sent.filter((other) => other.atMs >= atMs && other.atMs < atMs + 100).length,
        ).toBeLessThanOrEqual(2);
    }
  });

  it('sends no canary to an address that was excluded, and says nothing of it', async () => {
    const gate = createGate({ exclusions: AddressSet.EMPTY });
    const simulated = network();
    const reading = read(run(simulated, { targets: ['198.18.0.2'], ports: '80', gate }));
    gate.exclude(AddressSet.parse(['198.18.0.2']));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(simulated.sent).toHaveLength(1);
    expect(reading).toMatchObject({ isEnded: true, completed: [{ attempts: 1, outcome: 'skipped' }] });
  });

  it('believes a host when this machine may not ask the canaries', async () => {
    const simulated = network(({ port }) => (port === 80 ? OPEN : { kind: 'local', code: 'EPERM' }));
    const reading = read(run(simulated, { targets: ['198.18.0.2'], ports: '80' }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reading).toMatchObject({ isEnded: true, error: undefined });
    expect(reading.completed).toMatchObject([{ outcome: OPEN }]);
  });

  it('leaves unsettled what nobody could tell before a stop', async () => {
    const controller = new AbortController();
    const simulated = network();
    const reading = read(run(simulated, { targets: ['198.18.0.2'], ports: '80', signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(LATENCY_MS);
    controller.abort();
    await vi.advanceTimersByTimeAsync(DRAIN_MS);
    expect(reading).toMatchObject({ isEnded: true, error: undefined, completed: [] });
    expect(simulated.sent).toHaveLength(1 + 3);
  });
});
