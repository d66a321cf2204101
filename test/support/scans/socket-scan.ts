// Runs one scan by a socket engine and prints what it completed and its longest pause, as JSON; for
// tests that put it in a namespace.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import { formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import { DEFAULT_TIMEOUT_MS } from '#scan/engine/engine.js';
import { createNativeConnectEngine, createUdpEngine } from '#scan/engine/native-engines.js';
import { completedOf } from '#scan/results/completed-chunk.js';
import { outcomeName } from './outcome-name.ts';

const order = z
  .object({
    engine: z.enum(['portable', 'native', 'udp']),
    targets: z.array(z.string()),
    ports: z.string(),
    retries: z.number().default(1),
    timeoutMs: z.number().default(DEFAULT_TIMEOUT_MS),
    concurrency: z.number().default(1_000),
    descriptorLimit: z.number().optional(),
    /** The number of positions to run, if not all of the plan. */
    positions: z.number().optional(),
    packetsPerSecondPerHost: z.number().optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const engines = { portable: createConnectEngine, native: createNativeConnectEngine, udp: createUdpEngine };
const { descriptorLimit } = order;
const engine = engines[order.engine]({
  clock,
  ...(descriptorLimit === undefined ? {} : { descriptorLimit }),
});
const plan = createPlan({
  targets: AddressSet.parse(order.targets),
  ports: parsePorts(order.ports),
  seed: 7n,
});
const { packetsPerSecondPerHost } = order;
const completed: unknown[] = [];
const standstill = monitorEventLoopDelay({ resolution: 10 });
standstill.enable();
const chunks = engine.run(
  {
    plan,
    first: 0,
    end: order.positions ?? plan.positions,
    gate: createGate({ exclusions: AddressSet.EMPTY }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost, clock, limitLoopback: true }),
    retries: order.retries,
    timeoutMs: order.timeoutMs,
    concurrency: order.concurrency,
  },
  new AbortController().signal,
);
for await (const chunk of chunks) {
  for (const { probe, attempts, outcome } of completedOf(chunk, plan)) {
    completed.push({
      host: formatAddress(probe.address),
      protocol: probe.protocol,
      port: probe.port,
      attempts,
      outcome: outcomeName({ outcome }),
    });
  }
}
process.stdout.write(JSON.stringify({ completed, stoodStillMs: standstill.max / 1e6 }));
