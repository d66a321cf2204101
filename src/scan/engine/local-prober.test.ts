import { expect, it } from 'vitest';
import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/port-set.js';
import { detectionOf } from '#domain/scans/nmap-detection.js';
import { HELD_POLL_MS } from '#net/send/exclusion-pace.js';
import { ScanPaces } from '#net/send/scan-pace.js';
import type { EngineRequest } from '#scan/engine/engine.js';
import { createLocalProber } from '#scan/engine/local-prober.js';
import type { ProbeOrder } from '#scan/engine/prober.js';
import { PROBER_FACTS } from '../../../test/support/programs/work-context.ts';

const ORDER: ProbeOrder = {
  scan: 'a scan',
  engine: 'nmap',
  plan: {
    targets: AddressSet.parse(['127.86.4.1']),
    ports: PortSet.of({ tcp: [{ first: 1, last: 2 }] }),
    seed: 1n,
  },
  first: 0,
  end: 2,
  exclusions: AddressSet.EMPTY,
  exclusionsGoodUntilMs: 100,
  rate: { packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, unlimited: true },
  retries: 1,
  timeoutMs: 1_000,
  concurrency: 10,
  nmap: detectionOf('version'),
  liveHosts: false,
};

const ENDED = { done: true, value: undefined } as const;

/** What an engine is given for an order, at a time that the test sets. */
function requestsOf(...orders: readonly ProbeOrder[]) {
  const time = { nowMs: 50 };
  const clock = { now: () => 0, monotonic: () => time.nowMs };
  const requests: EngineRequest[] = [];
  const prober = createLocalProber({
    engines: [
      {
        name: 'nmap',
        protocols: ['tcp'],
        run(request) {
          requests.push(request);
          return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(ENDED) }) };
        },
      },
    ],
    missing: [],
    paces: new ScanPaces(clock),
    clock,
    facts: PROBER_FACTS,
  });
  const runs = orders.map((order) => prober.run(order, new AbortController().signal));
  const reading = Promise.all(runs.map((run) => run[Symbol.asyncIterator]().next()));
  return { time, requests, runs, reading };
}

it('lets no engine send by exclusions that are too old, and all again once they are renewed', async () => {
  const { time, requests, runs, reading } = requestsOf(ORDER);
  await reading;
  const [request] = requests;
  const address = request?.plan.locate(0).address;
  if (request === undefined || address === undefined) throw new Error('the engine was not asked');
  expect(request.pace.take(address)).toBeUndefined();
  time.nowMs = 101;
  expect(request.pace.take(address)).toEqual({ scope: 'total', delayMs: HELD_POLL_MS });
  expect(request.pace.reserve([address])).toBeUndefined();
  expect(request.gate.permits(address)).toBe(true);
  runs[0]?.renew(200);
  expect(request.pace.take(address)).toBeUndefined();
});

it('gives the runs of nmap for one scan one budget, and measurements exclusions that never age', async () => {
  const { time, requests, reading } = requestsOf(ORDER, { ...ORDER, exclusionsGoodUntilMs: null });
  time.nowMs = 1_000_000;
  // The same scan while both hold its pace.
  await reading;
  expect(requests.map(({ gate }) => gate.freshness.isOver)).toEqual([true, false]);
  expect(requests[0]?.nmap?.budget).toBeDefined();
  expect(requests[0]?.nmap?.budget).toBe(requests[1]?.nmap?.budget);
});
