import { AddressSet } from '#domain/addresses/address-set.js';
import { PortSet } from '#domain/ports/port-set.js';
import { systemClock } from '#net/send/system-clock.js';
import { ProcessProber } from '#prober/client/client.js';
import { createLog } from '#telemetry/log.js';

/**
 * A program to be killed or frozen: its prober probes an address of loopback, and its number is printed once it does. With
 * a second argument it reports again and again, like a worker, that the exclusions are good for so many milliseconds more, and
 * probes fewer ports.
 */
const [host = '127.0.0.1', goodMs] = process.argv.slice(2);
const goodUntilMs = () => systemClock.monotonic() + Number(goodMs);
const prober = new ProcessProber({ nodePath: undefined, environment: {}, log: createLog('silent') });
const probed = goodMs === undefined ? { first: 1, last: 65_535 } : { first: 20_000, last: 29_999 };
const ports = PortSet.of({ tcp: [probed] });
const run = prober.run(
  {
    scan: 'to be killed',
    engine: 'connect',
    plan: { targets: AddressSet.parse([host]), ports, seed: 1n },
    first: 0,
    end: ports.count,
    exclusions: AddressSet.EMPTY,
    exclusionsGoodUntilMs: goodMs === undefined ? null : goodUntilMs(),
    rate: { packetsPerSecond: 500, packetsPerSecondPerHost: 500, unlimited: false },
    retries: 1,
    timeoutMs: 1_000,
    concurrency: 100,
    liveHosts: false,
  },
  new AbortController().signal,
);
if (goodMs !== undefined) setInterval(() => run.renew(goodUntilMs()), 100);
let isAnnounced = false;
for await (const chunk of run) {
  if (chunk.count > 0 && !isAnnounced) console.log(prober.processId);
  isAnnounced = true;
}
