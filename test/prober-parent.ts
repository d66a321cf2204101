import { AddressSet } from '#domain/address-set.js';
import { PortSet } from '#domain/port-set.js';
import { ProcessProber } from '#prober/client.js';
import { createLog } from '#telemetry/log.js';

/** A program to be killed: its prober asks an address of loopback, and its number is printed once it does. */
const [host = '127.0.0.1'] = process.argv.slice(2);
const prober = new ProcessProber({ nodePath: undefined, environment: {}, log: createLog('silent') });
const ports = PortSet.of({ tcp: [{ first: 1, last: 65_535 }] });
const run = prober.run(
  {
    scan: 'to be killed',
    engine: 'connect',
    plan: { targets: AddressSet.parse([host]), ports, seed: 1n },
    first: 0,
    end: 65_535,
    exclusions: AddressSet.EMPTY,
    rate: { packetsPerSecond: 500, packetsPerSecondPerHost: 500, unlimited: false },
    retries: 1,
    timeoutMs: 1_000,
    concurrency: 100,
    liveHosts: false,
  },
  new AbortController().signal,
);
let isAnnounced = false;
for await (const chunk of run) {
  if (chunk.count > 0 && !isAnnounced) console.log(prober.processId);
  isAnnounced = true;
}
