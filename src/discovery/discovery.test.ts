import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withVerdict } from '#discovery/completed-cell.js';
import { completeCells, discovery, MAX_OPEN_ADDRESSES } from '#discovery/discovery.js';
import { compareAddresses, formatAddress } from '#domain/addresses/address.js';
import { formatRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { type HostResponse, isAlive, type MissingMethod } from '#net/probe/hosts/host-response.js';
import { PtrProbe } from '#net/probe/hosts/ptr.js';
import {
  type DiscoverySetup,
  discoveryRequest,
  neighbor,
  ON_LINK,
  pong,
  SimulatedProbe,
} from '../../test/support/network/discovery-probes.ts';
import { dnsResponse } from '../../test/support/network/dns-response.ts';
import { clock } from '../../test/support/network/simulated-network.ts';

async function discovered(setup: DiscoverySetup, signal = new AbortController().signal) {
  const run = discovery(discoveryRequest(setup), signal);
  const observations: HostResponse[] = [];
  for await (const some of run) observations.push(...some);
  observations.sort((a, b) => compareAddresses(a.address, b.address));
  return {
    report: run.report,
    observations,
    seen: observations.map(({ address }) => formatAddress(address)).sort(),
  };
}

const lastByte = (address: string) => Number(address.split('.').at(-1));
const ownMac = (address: string) =>
  neighbor(`02:00:00:00:02:${lastByte(address).toString(16).padStart(2, '0')}`);

function toRange({ third, from, size }: { third: number; from: number; size: number }) {
  const first = 0xc612_0000n + BigInt(third * 256 + from);
  return { family: 4 as const, first, last: first + BigInt(size) };
}

/** A DNS server on loopback: `nameOf` gives the name for each query, or none. */
async function nameServer(nameOf: (name: string) => string | undefined) {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const probed: string[] = [];
  let isUnresponsive = false;
  const stopResponding = (): void => {
    isUnresponsive = true;
  };
  socket.on('message', (query, { port, address }) => {
    const name = questionIn(query);
    probed.push(name);
    if (isUnresponsive) return;
    const answer = nameOf(name);
    const rest = answer === undefined ? { responseCode: 3 } : { names: [answer] };
    socket.send(dnsResponse(query, rest), port, address);
  });
  const names = new PtrProbe({
    resolver: { address: { family: 4, value: 0x7f00_0001n }, port: socket.address().port },
    clock,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
  });
  const close = (): void => {
    names.close();
    socket.close();
  };
  return { names, probed, stopResponding, close };
}

/** The labels behind the header of a query, whose type and class are its last 4 bytes. */
function questionIn(query: Uint8Array): string {
  const text = Buffer.from(query.subarray(13, query.length - 5));
  return text.toString('latin1').replaceAll(/[^0-9a-z-]/g, '.');
}

describe('a discovery run', () => {
  test('probes an unresponsive address once more, and observes those that respond', async () => {
    const echo = new SimulatedProbe((address, time) =>
      address === '198.18.1.7' || (address === '198.18.1.9' && time === 2) ? pong(64) : undefined,
    );
    const { seen, report, observations } = await discovered({
      targets: ['198.18.1.0/24'],
      probes: { echo: { 4: echo } },
    });
    expect(seen).toEqual(['198.18.1.7', '198.18.1.9']);
    expect(observations.every(isAlive)).toBe(true);
    expect(report).toMatchObject({ alive: 2, unresponsive: 254, unprobed: 0, disbelieved: 0 });
    expect(echo.probed).toHaveLength(256 + 255);
  });

  test('completes every address of any set once, whatever is excluded', async () => {
    const word = fc.record({ third: fc.nat(3), from: fc.nat(255), size: fc.nat(300) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 4 }),
        fc.array(word, { maxLength: 3 }),
        async (some, others) => {
          const targets = AddressSet.of(some.map(toRange));
          const exclusions = AddressSet.of(others.map(toRange));
          const echo = new SimulatedProbe((address) => (lastByte(address) % 7 === 0 ? pong(64) : undefined));
          const { seen, report } = await discovered({
            targets: targets.toTexts(),
            exclusions: exclusions.toTexts(),
            probes: { echo: { 4: echo } },
            retries: 0,
          });
          const total = report.alive + report.unresponsive + report.disbelieved + report.unprobed;
          expect(BigInt(total)).toBe(targets.size);
          expect(new Set(seen).size).toBe(seen.length);
          expect(BigInt(report.unprobed)).toBe(targets.intersect(exclusions).size);
          expect(new Set(echo.probed).size).toBe(echo.probed.length);
          const probed = AddressSet.parse(echo.probed);
          expect(probed.intersect(exclusions).size).toBe(0n);
          expect(probed.size).toBe(targets.subtract(exclusions).size);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('relies on ARP for on-link addresses, and probes those by no further method', async () => {
    const arp = new SimulatedProbe((address) => (lastByte(address) === 5 ? ownMac(address) : undefined));
    const echo = new SimulatedProbe(() => pong(64));
    const { observations, report } = await discovered({
      targets: ['198.18.1.0-198.18.1.9', '198.19.1.1'],
      probes: { links: ON_LINK, neighbor: { 4: arp }, echo: { 4: echo } },
    });
    expect(observations.map(({ reason, mac }) => [reason, mac])).toEqual([
      ['arp-response', '02:00:00:00:02:05'],
      ['echo-reply', undefined],
    ]);
    expect(echo.probed).toEqual(['198.19.1.1']);
    expect(report).toMatchObject({ alive: 2, unresponsive: 9, offLink: 1 });
  });

  test('probes on behind an ARP proxy, and believes a host that answers for itself', async () => {
    const arp = new SimulatedProbe(() => neighbor('02:00:00:00:00:fe'));
    const echo = new SimulatedProbe((address) => (lastByte(address) === 5 ? pong(63) : undefined));
    const { seen, report } = await discovered({
      targets: ['198.18.1.0/24'],
      probes: { links: ON_LINK, neighbor: { 4: arp }, echo: { 4: echo } },
    });
    expect(seen).toEqual(['198.18.1.5']);
    expect(report.impostors).toMatchObject([{ kind: 'proxy-arp', signature: '02:00:00:00:00:fe' }]);
    // The proxy answered for the others, so they are not reported as unresponsive.
    expect(report).toMatchObject({ alive: 1, unresponsive: 0, disbelieved: 255 });
  });

  test('reports an impostor that answers every ping, and no host behind it', async () => {
    const echo = new SimulatedProbe(() => pong(255));
    const { seen, report } = await discovered({ targets: ['198.18.1.0/24'], probes: { echo: { 4: echo } } });
    expect(seen).toEqual([]);
    expect(report).toMatchObject({ disbelieved: 256, impostorCount: 1 });
    expect(report.impostors).toMatchObject([{ kind: 'answers-all', signature: 'ttl 255' }]);
  });

  test('tries ports when pings are not answered', async () => {
    const tcp = new SimulatedProbe((address) =>
      address === '198.18.1.3' ? { reason: 'rst', roundTripMicroseconds: 9, ttl: 64 } : undefined,
    );
    const echo = new SimulatedProbe(() => undefined);
    const { observations } = await discovered({
      targets: ['198.18.1.2-198.18.1.3'],
      probes: { echo: { 4: echo }, tcp: { 4: tcp } },
    });
    expect(observations).toMatchObject([{ reason: 'rst' }]);
    // Three ports, then for the unresponsive one three ports again and an ACK.
    expect(tcp.probed.filter((address) => address === '198.18.1.2')).toHaveLength(7);
  });

  test('reports no address as unresponsive that this machine could not probe', async () => {
    const echo = new SimulatedProbe((address) =>
      address === '198.18.1.3' ? { kind: 'local', code: 'ENETUNREACH' } : undefined,
    );
    const { report } = await discovered({
      targets: ['198.18.1.2-198.18.1.3'],
      probes: { echo: { 4: echo } },
    });
    expect(report).toMatchObject({ unresponsive: 1, unprobed: 1 });
    expect([...report.failures]).toEqual([['ENETUNREACH', 1]]);
    // Probed by ping without a response, but not by TCP.
    const failing = new SimulatedProbe(() => ({ kind: 'local', code: 'EADDRNOTAVAIL' }));
    const unresponsive = new SimulatedProbe(() => undefined);
    const half = await discovered({
      targets: ['198.18.1.2'],
      probes: { echo: { 4: unresponsive }, tcp: { 4: failing } },
    });
    expect(half.report).toMatchObject({ unresponsive: 0, unprobed: 1 });
    const noOne = await discovered({ targets: ['198.18.1.2-198.18.1.3'], probes: {} });
    expect(noOne.report).toMatchObject({ unresponsive: 0, unprobed: 2 });
  });

  test.skipIf(process.platform !== 'linux')(
    'counts what left, names with it, and not what this machine could not send',
    async () => {
      const server = await nameServer(() => undefined);
      const echo = new SimulatedProbe((address) =>
        address === '198.18.1.3' ? { kind: 'local', code: 'ENETUNREACH' } : undefined,
      );
      const tcp = new SimulatedProbe((address) =>
        address === '198.18.1.4' ? { kind: 'local', code: 'EADDRNOTAVAIL' } : undefined,
      );
      const request = discoveryRequest({
        targets: ['198.18.1.2-198.18.1.4'],
        probes: { echo: { 4: echo }, tcp: { 4: tcp }, names: server.names },
      });
      const sent: number[] = [];
      for await (const { addresses } of completeCells(
        { ...request, timeoutMs: 1_000 },
        new AbortController().signal,
      ))
        sent.push(...addresses.map((one) => one.sent));
      server.close();
      // Two pings, twice three ports and an ACK, a name.
      expect(sent).toEqual([2 + 7 + 1, 7 + 1, 2 + 1]);
    },
  );

  test('dates an observation by its response, however long others take', async () => {
    const echo = new SimulatedProbe((address) => (lastByte(address) === 2 ? pong(64) : undefined));
    const startedAtMs = Date.now();
    const ticking = { ...clock, now: () => startedAtMs + echo.completedCount };
    const { observations } = await discovered({
      targets: ['198.18.1.2-198.18.1.40'],
      probes: { echo: { 4: echo } },
      clock: ticking,
    });
    // One response had come, and 76 probes were still waiting.
    expect(observations.map(({ observedAtMs }) => observedAtMs - startedAtMs)).toEqual([1]);
  });

  test('retries what this machine could temporarily not send', async () => {
    const echo = new SimulatedProbe((_, time) => (time < 3 ? { kind: 'local', code: 'ENOBUFS' } : pong(64)));
    const { report } = await discovered({ targets: ['198.18.1.2'], probes: { echo: { 4: echo } } });
    expect(report).toMatchObject({ alive: 1 });
  });

  test('applies an exclusion that is added while it runs', async () => {
    const request = discoveryRequest({
      targets: ['198.18.0.0/20'],
      probes: { echo: { 4: new SimulatedProbe(() => undefined) } },
      concurrency: 16,
    });
    const echo = new SimulatedProbe((address) => {
      if (address === '198.18.3.0') request.gate.exclude(AddressSet.parse(['198.18.8.0/21']));
      return undefined;
    });
    const run = discovery(
      { ...request, probes: { ...request.probes, echo: { 4: echo } }, retries: 0 },
      new AbortController().signal,
    );
    for await (const observations of run) expect(observations).toEqual([]);
    expect(run.report).toMatchObject({ unresponsive: 2_048, unprobed: 2_048 });
  });

  test('holds no more than its share of a huge set, and ends at once when it is stopped', async () => {
    const echo = new SimulatedProbe((address) => (lastByte(address) === 1 ? pong(64) : undefined));
    const abort = new AbortController();
    const request = discoveryRequest({
      targets: ['fd00::/64', '198.18.0.0/15'],
      probes: { echo: { 4: echo } },
      concurrency: 64,
    });
    let seen = 0;
    for await (const observations of discovery(request, abort.signal)) {
      seen += observations.length;
      if (seen >= 20) abort.abort();
    }
    expect(echo.mostInFlight).toBeLessThanOrEqual(64);
    expect(new Set(echo.probed).size).toBeLessThanOrEqual(20 * 256 + MAX_OPEN_ADDRESSES);
  });

  test.skipIf(process.platform !== 'linux')('reads names from the configured resolver', async () => {
    const server = await nameServer((name) =>
      name.startsWith('7.') || name.startsWith('8.') ? `${name}.example` : undefined,
    );
    const echo = new SimulatedProbe((address) => (lastByte(address) === 7 ? pong(64) : undefined));
    const { observations, report } = await discovered({
      targets: ['198.18.1.0/28'],
      exclusions: ['198.18.1.3'],
      probes: { echo: { 4: echo }, names: server.names },
      timeoutMs: 1_000,
    });
    server.close();
    expect(observations.map(({ reason, names }) => [reason, names])).toEqual([
      ['echo-reply', ['7.1.18.198.in-addr.arpa.example']],
      ['ptr-record', ['8.1.18.198.in-addr.arpa.example']],
    ]);
    expect(observations.map(isAlive)).toEqual([true, false]);
    expect(report).toMatchObject({ alive: 1, unresponsive: 14, unprobed: 1 });
    expect(server.probed).toHaveLength(15);
  });

  test.skipIf(process.platform !== 'linux')(
    'reports which names a resolver did not answer, and why',
    async () => {
      const echo = new SimulatedProbe((address) => (lastByte(address) === 7 ? pong(64) : undefined));
      const server = await nameServer(() => undefined);
      const lacksOf = async (exclusions: readonly string[]) => {
        const request = discoveryRequest({
          targets: ['198.18.1.6-198.18.1.8'],
          exclusions,
          probes: { echo: { 4: echo }, names: server.names },
          timeoutMs: 50,
        });
        const lacks: MissingMethod[] = [];
        for await (const cell of completeCells(request, new AbortController().signal))
          lacks.push(...cell.lacks);
        return lacks.map(({ code, range }) => `${code} ${formatRange(range)}`);
      };
      // The server responds that there are none, which is an answer.
      expect(await lacksOf([])).toEqual([]);
      expect(await lacksOf(['127.0.0.1'])).toEqual(['NAMES_EXCLUDED 198.18.1.6-198.18.1.8']);
      server.stopResponding();
      expect(await lacksOf(['198.18.1.6'])).toEqual(['NAMES_UNANSWERED 198.18.1.7-198.18.1.8']);
      server.close();
    },
  );

  test('stops probing when its reader leaves the loop', async () => {
    const echo = new SimulatedProbe(() => undefined);
    const request = discoveryRequest({
      targets: ['198.18.0.0/15'],
      probes: { echo: { 4: echo } },
      concurrency: 64,
    });
    for await (const cell of completeCells(request, new AbortController().signal)) {
      expect(withVerdict('unresponsive', cell)).toHaveLength(256);
      break;
    }
    const probedBefore = echo.probed.length;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    expect(echo.probed.length).toBe(probedBefore);
  });
});
