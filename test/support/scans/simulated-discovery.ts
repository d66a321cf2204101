import type { Client } from '#contract/api/client.js';
import type { DiscoveryRequest } from '#contract/discovery/discovery.js';
import type { Scan } from '#contract/scans/scan.js';
import { formatAddress } from '#domain/addresses/address.js';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import type { MethodStatus } from '#net/probe/hosts/host-response.js';
import { ScanPaces } from '#net/send/scan-pace.js';
import { createDiscoveryEngine } from '#prober/engines/discovery-engine.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Engine } from '#scan/engine/engine.js';
import { createLocalProber } from '#scan/engine/local-prober.js';
import type { Note } from '#scan/engine/observation-note.js';
import { runShard } from '#work/shards/run-shard.js';
import { type ApiLab, openApiLab } from '../api/api-lab.ts';
import { NO_LINKS, neighbor, ON_LINK, pong, probesOf, SimulatedProbe } from '../network/discovery-probes.ts';
import { CLOSED, clock, SimulatedNetwork } from '../network/simulated-network.ts';
import { PROBER_FACTS } from '../programs/work-context.ts';

/** What the simulated network is like: which hosts answer a ping, and whose MAC address is resolved by ARP. */
interface Network {
  pings: (address: string) => boolean;
  /** Addresses without a route. */
  isCut: (address: string) => boolean;
  macs: Readonly<Record<string, string>>;
  /** Whether any host is on the link of this machine. */
  isNear: boolean;
  /** What only a program with raw packets receives: answers to timestamp pings, and resets. */
  raw: 'timestamp-reply' | 'rst' | undefined;
  /** Which hosts respond to that. */
  answersRaw: (address: string) => boolean;
  methodStatuses: readonly MethodStatus[];
  /** Throws once after this many chunks. */
  breaksAfter: number;
}

export interface DiscoveryLab {
  readonly lab: ApiLab;
  readonly client: Client;
  readonly network: Network;
  /** Addresses that were pinged, in order; a test may empty it. */
  readonly pinged: string[];
  runEnqueued(): Promise<void>;
  /** Starts a run, by ping unless specified, and runs it to its end. */
  discovered(networks: readonly string[], more?: Omit<DiscoveryRequest, 'networks'>): Promise<Scan>;
}

/** Whether nmap is installed, and whether it may send raw packets. */
export type Nmap = 'privileged' | 'unprivileged';

/** A server whose prober finds hosts in a simulated network. */
export async function openDiscoveryLab({ nmap }: { readonly nmap?: Nmap } = {}): Promise<DiscoveryLab> {
  const network: Network = {
    pings: () => false,
    isCut: () => false,
    macs: {},
    isNear: true,
    raw: undefined,
    answersRaw: () => false,
    methodStatuses: [],
    breaksAfter: Number.POSITIVE_INFINITY,
  };
  const pinged: string[] = [];
  const connect = createConnectEngine({ clock, connect: closedPorts.connect });
  const engines = [
    discoveryOf(network, pinged),
    connect,
    ...(nmap === undefined ? [] : [nmapOf(connect, nmap)]),
  ];
  const facts = { ...PROBER_FACTS, liveHosts: true, rawPackets: true };
  const prober = createLocalProber({ engines, missing: [], paces: new ScanPaces(clock), clock, facts });
  const lab = await openApiLab({ work: { prober, localNetworks } });
  const { client } = lab;
  const { signal } = new AbortController();
  const runEnqueued = async (): Promise<void> => {
    for (const shardId of lab.enqueued.splice(0))
      await runShard(lab.context, shardId, { onClaimed: () => undefined, signal });
  };
  return {
    lab,
    client,
    network,
    pinged,
    runEnqueued,
    async discovered(networks, more = {}) {
      const usual = { methods: ['ping' as const], rate: 'max' as const, confirm_unscoped: true };
      const run = await client.startDiscovery({ networks: [...networks], ...usual, ...more });
      await runEnqueued();
      return client.scan(run.id);
    },
  };
}

const localNetworks = () => [{ cidr: '198.18.0.0/24', interface: 'eth0' }];
const closedPorts = new SimulatedNetwork(() => CLOSED);

/** Every host has its ports closed and is detected as Linux. */
function nmapOf(connect: Engine, nmap: Nmap): Engine {
  return {
    name: 'nmap',
    protocols: nmap === 'privileged' ? ['tcp', 'udp'] : ['tcp'],
    async *run(request, signal) {
      const { targets } = request.plan.input;
      let notes = Array.from({ length: Number(targets.size) }, (_, index): Note => {
        const address = targets.nth(BigInt(index));
        const found = { address, fact: 'os_name', protocol: null, port: null, reason: 'nmap 96%' } as const;
        const value = `Linux of ${formatAddress(address)}`;
        return {
          kind: 'finding',
          position: request.first,
          finding: { ...found, value, observedAtMs: clock.now() },
        };
      });
      for await (const chunk of connect.run(request, signal)) {
        yield { ...chunk, notes: [...(chunk.notes ?? []), ...notes] };
        notes = [];
      }
    },
  };
}

function discoveryOf(network: Network, pinged: string[]): Engine {
  const engine = createDiscoveryEngine({
    clock,
    openProbes: ({ methods }) => {
      const wants = (method: DiscoveryMethod): boolean => methods.includes(method);
      const echo = new SimulatedProbe((address) => {
        pinged.push(address);
        if (network.isCut(address)) return { kind: 'local', code: 'ENETUNREACH' };
        return network.pings(address) ? pong(64) : undefined;
      });
      const arp = new SimulatedProbe((address) => {
        const mac = network.macs[address];
        return mac === undefined ? undefined : neighbor(mac);
      });
      const { raw, isNear } = network;
      const others = new SimulatedProbe((address) =>
        raw !== undefined && network.answersRaw(address)
          ? { reason: raw, roundTripMicroseconds: 100 }
          : undefined,
      );
      return probesOf({
        ...(wants('ping') ? { echo: { 4: echo } } : {}),
        ...(wants('ping') && raw === 'timestamp-reply' ? { timestamp: { 4: others } } : {}),
        ...(wants('tcp') ? { tcp: { 4: others } } : {}),
        ...(wants('arp') ? { neighbor: { 4: arp }, links: isNear ? ON_LINK : NO_LINKS } : {}),
        methodStatuses: network.methodStatuses,
      });
    },
  });
  return {
    ...engine,
    async *run(request, signal) {
      for await (const chunk of engine.run(request, signal)) {
        yield chunk;
        network.breaksAfter -= 1;
        if (network.breaksAfter === 0) throw new TypeError('broken by the test');
      }
    },
  };
}

/** Whether the last number of an IPv4 address is one of these. */
export const ofLast =
  (...numbers: readonly number[]) =>
  (address: string): boolean =>
    numbers.includes(Number(address.split('.').at(-1)));
