// One connect scan of all ports of 127.0.0.1 by the given engine; prints the duration and the open ports, as JSON.
import { AddressSet } from '#domain/addresses/address-set.js';
import { parsePorts } from '#domain/ports/ports.js';
import { createPlan } from '#domain/scans/plan.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import { DEFAULT_CONCURRENCY, DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS } from '#scan/engine/engine.js';
import { createNativeConnectEngine } from '#scan/engine/native-engines.js';
import { outcomeOf, SKIPPED } from '#scan/results/completed-chunk.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const plan = createPlan({
  targets: AddressSet.parse(['127.0.0.1']),
  ports: parsePorts('1-65535'),
  seed: BigInt(process.pid),
});
const create = process.argv[2] === 'portable' ? createConnectEngine : createNativeConnectEngine;
const chunks = create({ clock }).run(
  {
    plan,
    first: 0,
    end: plan.positions,
    gate: createGate({ exclusions: AddressSet.EMPTY }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    retries: DEFAULT_RETRIES,
    timeoutMs: DEFAULT_TIMEOUT_MS,
    concurrency: DEFAULT_CONCURRENCY,
  },
  new AbortController().signal,
);

const startedAtMs = clock.monotonic();
const open: number[] = [];
let completedCount = 0;
for await (const chunk of chunks) {
  completedCount += chunk.count;
  for (let at = 0; at < chunk.count; at += 1) {
    const outcome = outcomeOf(chunk.outcomes[at] ?? SKIPPED);
    if (outcome !== 'skipped' && outcome.state === 'open')
      open.push(plan.locate(chunk.positions[at] ?? 0).port);
  }
}
const tookMs = clock.monotonic() - startedAtMs;
if (completedCount !== plan.positions) throw new Error(`${completedCount} of ${plan.positions} completed`);
process.stdout.write(JSON.stringify({ tookMs, open: open.sort((a, b) => a - b) }));
