import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Address } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { decodeFrame, type Frame } from '#net/packet/frame.js';
import { isPacketError } from '#net/packet/packet-error.js';
import { decodePcap, LINK_TYPE_ETHERNET } from '#net/packet/pcap.js';
import { type DiscoveryLab, makeDiscoveryLab } from '../../support/network/discovery-lab.ts';
import { mutateFrames, truncateFrames } from '../../support/network/frame-fuzz.ts';

const discoveryOutput = z.object({
  observations: z.record(
    z.string(),
    z.object({
      reason: z.string(),
      roundTripMicroseconds: z.number().int().min(0),
      mac: z.string().optional(),
      observedAtMs: z.number(),
    }),
  ),
  report: z.object({
    methodStatuses: z.array(
      z.object({
        method: z.string(),
        family: z.number(),
        transport: z.string().optional(),
        missing: z.string().optional(),
      }),
    ),
    alive: z.number(),
    unresponsive: z.number(),
    disbelieved: z.number(),
    unprobed: z.number(),
    offLink: z.number(),
    impostors: z.array(
      z.object({ kind: z.string(), range: z.string(), signature: z.string(), answered: z.number() }),
    ),
    failures: z.record(z.string(), z.number()),
  }),
});

const liveHostsOutput = z.object({
  probed: z.array(z.string()),
  open: z.array(z.string()),
  observed: z.array(z.string()),
  skipped: z.number(),
  unresponsive: z.number(),
});

const lab: DiscoveryLab | undefined = makeDiscoveryLab();
const folder = mkdtempSync(join(tmpdir(), 'pkt-discovery-'));

beforeAll(async () => {
  await lab?.listen(80);
});
afterAll(async () => {
  await lab?.remove();
  rmSync(folder, { recursive: true });
});

async function discovered(argument: unknown, options?: Parameters<DiscoveryLab['run']>[2]) {
  const begunMs = performance.now();
  const output = discoveryOutput.parse(await lab?.run('discovery.ts', argument, options));
  const tookMicroseconds = (performance.now() - begunMs) * 1_000;
  // On a busy machine a connection is noticed later than the response timeout.
  for (const { roundTripMicroseconds } of Object.values(output.observations))
    expect(roundTripMicroseconds).toBeLessThan(tookMicroseconds);
  return output;
}

/** Address and reason of each, sorted as text. */
function reasons({ observations }: z.infer<typeof discoveryOutput>) {
  return Object.entries(observations)
    .map(([address, { reason }]) => `${address} ${reason}`)
    .sort();
}

const OWN_AND_MIDDLE = ['198.18.0.1', '198.18.0.2', '198.18.0.3', '198.18.0.4'];

/** Most of the time is spent waiting for responses that do not come, so several run concurrently. */
describe.skipIf(lab === undefined).concurrent('a discovery run in a network of its own', () => {
  test('finds neighbors by ARP and neighbor solicitation, with their MAC address', async () => {
    const output = await discovered({ targets: ['198.18.0.0/24', 'fd00::/122'], methods: ['arp', 'ndp'] });
    expect(reasons(output)).toEqual([
      '198.18.0.2 arp-response',
      '198.18.0.3 arp-response',
      '198.18.0.4 arp-response',
      'fd00::2 nd-response',
      'fd00::3 nd-response',
    ]);
    const macs = new Set(Object.values(output.observations).map(({ mac }) => mac));
    expect(macs.size).toBe(1);
    expect([...macs][0]).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    // Its own two addresses are no neighbors, so nothing here could probe them.
    expect(output.report).toMatchObject({ alive: 5, offLink: 2, unprobed: 2, disbelieved: 0 });
  });

  test.each(['ping', 'tcp'])('finds hosts by %s alone, on the link and behind a router', async (method) => {
    const output = await discovered({
      targets: ['198.18.0.0/28', '198.18.9.0/28', 'fd00::/124'],
      methods: [method],
    });
    const found = Object.keys(output.observations).sort();
    expect(found).toEqual([...OWN_AND_MIDDLE, '198.18.9.1', '198.18.9.2', 'fd00::1', 'fd00::2', 'fd00::3']);
    const reasons = new Set(Object.values(output.observations).map(({ reason }) => reason));
    const isPing = method === 'ping';
    expect(
      [...reasons].filter((reason) => (isPing ? ['echo-reply'] : ['syn-ack', 'rst']).includes(reason)),
    ).toEqual([...reasons]);
    expect(output.report.unresponsive).toBe(16 + 16 + 16 - found.length);
  });

  test('finds the same without the right to send raw packets', async () => {
    const argument = {
      targets: ['198.18.0.0/28', '198.18.9.0/28', 'fd00::/124'],
      methods: ['arp', 'ndp', 'ping', 'tcp'],
    };
    const complete = await discovered(argument);
    const plain = await discovered(argument, { hasRawPackets: false });
    expect(Object.keys(plain.observations).sort()).toEqual(Object.keys(complete.observations).sort());
    expect(
      complete.report.methodStatuses.map(
        ({ method, family, transport }) => `${method} ${family} ${transport}`,
      ),
    ).toEqual([
      'arp 4 raw',
      'ndp 6 raw',
      'ping 4 ping-socket',
      'ping 6 ping-socket',
      'tcp 4 raw',
      'tcp 6 raw',
    ]);
    expect(
      plain.report.methodStatuses.map(
        ({ method, family, transport, missing }) => `${method} ${family} ${transport ?? missing}`,
      ),
    ).toEqual([
      'arp 4 EPERM',
      'ndp 6 EPERM',
      'ping 4 ping-socket',
      'ping 6 ping-socket',
      'tcp 4 connect',
      'tcp 6 connect',
    ]);
  });

  test('without raw packets finds by TCP alone what is there', async () => {
    const output = await discovered(
      { targets: ['198.18.0.0/28'], methods: ['tcp'] },
      { hasRawPackets: false },
    );
    expect(Object.keys(output.observations).sort()).toEqual(OWN_AND_MIDDLE);
  });

  test('names a router that answers ARP for its neighbors, and finds the hosts behind it', async () => {
    const output = await discovered({ targets: ['198.18.2.0/24'], methods: ['arp', 'ping', 'tcp'] });
    expect(output.report.impostors).toMatchObject([
      { kind: 'proxy-arp', range: '198.18.2.0/24', answered: 256 },
    ]);
    expect(reasons(output)).toEqual(['198.18.2.7 echo-reply', '198.18.2.8 echo-reply']);
    expect(output.report).toMatchObject({ alive: 2, disbelieved: 254, unresponsive: 0 });
  });

  test('names an impostor that answers for every address, and believes none of it', async () => {
    const output = await discovered({ targets: ['198.18.3.0/24'], methods: ['ping', 'tcp'] });
    expect(output.report.impostors).toMatchObject([
      { kind: 'answers-all', range: '198.18.3.0/24', signature: 'ttl 63', answered: 256 },
    ]);
    expect(output.report).toMatchObject({ alive: 0, disbelieved: 256 });
  });

  test('pings through raw sockets where ping sockets are not allowed', async () => {
    const argument = { targets: ['198.18.9.0/29', 'fd00::/126'], methods: ['ping'] };
    const output = await discovered(argument, { from: 'middle' });
    expect(output.report.methodStatuses.map(({ family, transport }) => `${family} ${transport}`)).toEqual([
      '4 raw',
      '6 raw',
    ]);
    expect(reasons(output)).toEqual(
      ['198.18.9.1', '198.18.9.2', 'fd00::1', 'fd00::2', 'fd00::3'].map((address) => `${address} echo-reply`),
    );
    const nothing = await discovered(argument, { from: 'middle', hasRawPackets: false });
    expect(nothing.report.methodStatuses.map(({ missing }) => missing)).toEqual(['EPERM', 'EPERM']);
    expect(nothing.report).toMatchObject({ alive: 0, unresponsive: 0, unprobed: 12 });
  });

  test('lets a scan probe the ports of live hosts only', async () => {
    const output = liveHostsOutput.parse(
      await lab?.run('live-hosts.ts', {
        targets: ['198.18.0.0/27', '198.18.9.0/28', 'fd00::/124'],
        ports: '80,81',
      }),
    );
    const live = [...OWN_AND_MIDDLE, '198.18.9.1', '198.18.9.2', 'fd00::1', 'fd00::2', 'fd00::3'];
    const openAt80 = ['198.18.0.2', '198.18.0.3', '198.18.0.4', '198.18.9.1', 'fd00::2', 'fd00::3'];
    expect(output.probed).toEqual(live);
    expect(output.open).toEqual(openAt80.map((address) => `${address} 80`));
    expect(output.observed).toEqual(live);
    expect(output.skipped).toBe((32 + 16 + 16 - live.length) * 2);
    expect(output.unresponsive).toBe(32 + 16 + 16 - live.length);
  });
});

describe.skipIf(lab === undefined)('a discovery run that has the network to itself', () => {
  test('finds a host that ignores echo requests, and one that accepts only packets of established connections', async () => {
    lab?.inside('far', 'sysctl -qw net.ipv4.icmp_echo_ignore_all=1');
    const argument = { targets: ['198.18.9.2'], methods: ['ping', 'tcp'] };
    expect(reasons(await discovered(argument))).toEqual(['198.18.9.2 timestamp-reply']);
    const chain = 'add chain inet filter in { type filter hook input priority 0; }';
    const rules = ['meta l4proto icmp drop', 'tcp flags & (syn | ack) == syn drop'];
    const commands = [
      'add table inet filter',
      chain,
      ...rules.map((rule) => `add rule inet filter in ${rule}`),
    ];
    for (const command of commands) lab?.inside('far', `nft '${command}'`);
    expect(reasons(await discovered(argument))).toEqual(['198.18.9.2 rst']);
    lab?.inside('far', 'nft flush ruleset; sysctl -qw net.ipv4.icmp_echo_ignore_all=0');
  });

  test('sends nothing to an excluded address, and sends only valid packets', async () => {
    // The kernel caches hosts that earlier tests probed, and would check some seconds later whether they are still there.
    for (const place of ['scanner', 'middle'] as const) lab?.inside(place, 'ip neigh flush all');
    const capture = await lab?.capture(join(folder, 'discovery.pcap'));
    const exclusions = ['198.18.0.3', '198.18.0.8/29', '198.18.9.2', 'fd00::3'];
    const output = await discovered({
      targets: ['198.18.0.0/27', '198.18.9.0/28', 'fd00::/124'],
      exclusions,
      methods: ['arp', 'ndp', 'ping', 'tcp'],
    });
    expect(Object.keys(output.observations)).not.toContain('198.18.0.3');
    const frames = framesOf((await capture?.end()) ?? new Uint8Array());
    const probed = frames.flatMap((bytes) => requestedBy(decodeFrame(bytes)));
    const excluded = AddressSet.parse(exclusions);
    const withArp = probed.filter((address) => address.family === 4 && !excluded.contains(address));
    expect(withArp.length).toBeGreaterThan(20);
    expect(probed.filter((address) => excluded.contains(address))).toEqual([]);
    // Real frames, truncated and mutated like those of the corpus.
    expect(truncateFrames(frames).decoded).toBeGreaterThan(0);
    const { decoded, refused } = mutateFrames(frames, 50_000, 7);
    expect(decoded + refused).toBe(50_000);
  });
});

function framesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const capture = decodePcap(bytes);
  if (isPacketError(capture)) throw new Error(capture.code);
  expect(capture).toMatchObject({ linkType: LINK_TYPE_ETHERNET, isCutOff: false });
  return capture.packets.map((packet) => packet.bytes);
}

/** The address that a frame resolves or reaches. For neighbor solicitations it is the target: their destination is multicast. */
function requestedBy(frame: ReturnType<typeof decodeFrame>): Address[] {
  if (isPacketError(frame)) return [];
  const { network } = frame satisfies Frame;
  if (network.kind === 'arp') return [network.arp.targetAddress];
  if (network.kind === 'ipv4') return [network.ipv4.destination];
  if (network.kind !== 'ipv6') return [];
  const { transport, ipv6 } = network;
  const isConfirming = transport.kind === 'icmpv6' && transport.icmpv6.kind === 'neighbor-solicitation';
  return isConfirming && 'target' in transport.icmpv6 ? [transport.icmpv6.target] : [ipv6.destination];
}
