import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { NativeProbeRunner } from '#net/probe/ports/native-probe.js';
import type { ProbeResult } from '#net/probe/ports/outcome.js';
import { type ConnectOptions, connectTcp } from '#net/probe/ports/tcp-connect.js';
import { createGate, type Permit } from '#net/send/gate.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('SKIPPED: native sockets and the tables of /proc need Linux');

type Open = (options: ConnectOptions) => (permit: Permit) => Promise<ProbeResult>;

const VARIANTS: [string, Open][] = [
  ['portable', (options) => (permit) => connectTcp(permit, options)],
  [
    'native',
    (options) => {
      const sender = new NativeProbeRunner(options);
      return (permit) => sender.probe(permit);
    },
  ],
];

const LOOPBACK = parseAddress('127.0.0.1') ?? expect.fail('not an address');

function permitFor(port: number): Permit {
  const permit = createGate({ exclusions: AddressSet.EMPTY }).permit({
    address: LOOPBACK,
    protocol: 'tcp',
    port,
  });
  return permit ?? expect.fail('the gate refused');
}

/** Ports anybody listens on, on this machine, by the kernel's own tables. */
function listeningPorts(): Set<number> {
  const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/net/${name}`, 'utf8')).join('\n');
  return new Set(
    [...tables.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm)].map((match) =>
      Number.parseInt(match[1] ?? '', 16),
    ),
  );
}

describe.skipIf(!isLinux)('sweep of the ports that the kernel takes as source ports', () => {
  it.each(VARIANTS)(
    'reports none open where nobody listens, though connections to oneself happen there (%s)',
    async (_, open) => {
      const [first = 0, last = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
        .split(/\s+/)
        .map(Number);
      const before = listeningPorts();
      const falselyOpen: number[] = [];
      const controller = new AbortController();
      cleanups.push(() => controller.abort());
      const probeOne = open({ timeoutMs: 1_000, signal: controller.signal, clock });
      let port = first;
      const probeOn = async (): Promise<void> => {
        while (port <= last) {
          const probed = port;
          port += 1;
          const result = await probeOne(permitFor(probed));
          const isOpen = 'state' in result && result.state === 'open';
          // Programs beside this one listen too.
          if (isOpen && !before.has(probed) && !listeningPorts().has(probed)) falselyOpen.push(probed);
        }
      };
      await Promise.all(Array.from({ length: 200 }, probeOn));
      const after = listeningPorts();
      expect(falselyOpen.filter((open) => !after.has(open))).toEqual([]);
    },
  );
});
