import type { DiscoveryRequest } from '#discovery/discovery-request.js';
import type { DiscoveryProbes } from '#discovery/probes.js';
import { type Address, formatAddress } from '#domain/addresses/address.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { LinkTable } from '#net/native/links/links.js';
import type { HostAnswer, HostProbe, HostResult } from '#net/probe/hosts/host-probe.js';
import type { TcpPing } from '#net/probe/hosts/tcp-ping.js';
import { createGate } from '#net/send/gate.js';
import { createPace } from '#net/send/pace.js';
import { clock } from './simulated-network.ts';

/** How long a simulated response takes, and the timeout. */
const LATENCY_MS = 1;
export const DISCOVERY_TIMEOUT_MS = 5;

type Answers = (address: string, time: number) => HostResult;

/** A probe whose hosts respond as configured; the probed addresses are recorded. */
export class SimulatedProbe implements HostProbe, TcpPing {
  readonly kinds = ['syn', 'ack'] as const;
  readonly probed: string[] = [];
  inFlight = 0;
  mostInFlight = 0;
  completedCount = 0;
  readonly #answers: Answers;
  readonly #times = new Map<string, number>();

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  probe(
    permit: { readonly address: Address } | { readonly probe: { readonly address: Address } },
  ): Promise<HostResult> {
    const address = formatAddress('probe' in permit ? permit.probe.address : permit.address);
    const time = (this.#times.get(address) ?? 0) + 1;
    this.#times.set(address, time);
    this.probed.push(address);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    const result = this.#answers(address, time);
    return new Promise((resolve) => {
      const end = (): void => {
        this.inFlight -= 1;
        this.completedCount += 1;
        resolve(result);
      };
      setTimeout(end, result === undefined ? DISCOVERY_TIMEOUT_MS : LATENCY_MS);
    });
  }

  close(): void {
    this.probed.length = 0;
  }
}

export function pong(ttl: number): HostAnswer {
  return { reason: 'echo-reply', roundTripMicroseconds: 100, ttl };
}

export function neighbor(mac: string): HostAnswer {
  return { reason: 'arp-response', roundTripMicroseconds: 100, mac };
}

export function probesOf(probes: Partial<DiscoveryProbes>): DiscoveryProbes {
  return {
    links: NO_LINKS,
    neighbor: {},
    echo: {},
    timestamp: {},
    tcp: {},
    names: undefined,
    methodStatuses: [],
    close: () => undefined,
    ...probes,
  };
}

function links(ipv4Routes: string): LinkTable {
  return new LinkTable({
    interfaces: {
      eth0: [
        {
          address: '198.18.0.1',
          netmask: '255.255.0.0',
          family: 'IPv4',
          mac: '02:00:00:00:00:01',
          internal: false,
          cidr: null,
        },
      ],
    },
    ipv4Routes,
    ipv6Routes: '',
    indexOf: () => 2,
  });
}

/** This machine is 198.18.0.1, and 198.18.0.0/16 is on its link. */
export const ON_LINK = links('eth0 000012C6 00000000 0001 0 0 0 0000FFFF 0 0 0');
export const NO_LINKS = links('');

export interface DiscoverySetup extends Partial<Omit<DiscoveryRequest, 'targets' | 'probes'>> {
  readonly targets: readonly string[];
  readonly exclusions?: readonly string[];
  readonly probes: Partial<DiscoveryProbes>;
}

export function discoveryRequest({
  targets,
  probes,
  exclusions = [],
  ...rest
}: DiscoverySetup): DiscoveryRequest {
  return {
    targets: AddressSet.parse(targets),
    gate: createGate({ exclusions: AddressSet.parse(exclusions) }),
    pace: createPace({ packetsPerSecond: undefined, packetsPerSecondPerHost: undefined, clock }),
    clock,
    probes: probesOf(probes),
    timeoutMs: DISCOVERY_TIMEOUT_MS,
    retries: 1,
    concurrency: 1_000,
    ...rest,
  };
}
