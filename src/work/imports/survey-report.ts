import type { AddressRange } from '#domain/addresses/address-range.js';
import { AddressSet } from '#domain/addresses/address-set.js';
import { type PortRange, PortSet } from '#domain/ports/port-set.js';
import type { Protocol } from '#domain/ports/protocol.js';
import type { NmapRun, ReportFault } from '#report/nmap/nmap-types.js';
import type { NotTaken, ReportedHost } from '#report/nmap/reported-host.js';
import { coveredPortsOf, positionsOf } from '#work/imports/report-batches.js';
import type { ReportReading } from '#work/imports/report-hosts.js';

/** What a report holds, before any of it is stored. */
export interface ReportSurvey {
  readonly run: NmapRun;
  readonly fault: ReportFault | undefined;
  readonly addresses: AddressSet;
  readonly ports: PortSet;
  readonly positions: number;
  readonly taken: TakenCounts;
  readonly notTaken: readonly { readonly reason: NotTaken; readonly count: number }[];
}

export interface TakenCounts {
  readonly hosts: number;
  /** Of those, the ones that are proven to be in use. */
  readonly hostsUp: number;
  readonly openPorts: number;
  readonly otherPorts: number;
  readonly services: number;
  /** Names, hardware addresses, vendors and operating systems. */
  readonly hostFacts: number;
}

/** Reads a report to its end and counts. */
export async function surveyReport(reading: ReportReading): Promise<ReportSurvey> {
  const addresses: AddressRange[] = [];
  // An address may come more than once.
  const inUse: AddressRange[] = [];
  const ports = new SeenPorts();
  let positions = 0;
  let taken: TakenCounts = { hosts: 0, hostsUp: 0, openPorts: 0, otherPorts: 0, services: 0, hostFacts: 0 };
  for await (const host of reading.hosts()) {
    const { family, value } = host.address;
    addresses.push({ family, first: value, last: value });
    if (host.evidence !== undefined) inUse.push({ family, first: value, last: value });
    ports.addHost(host);
    positions += positionsOf(host);
    taken = withHost(taken, host);
  }
  for (const protocol of ['tcp', 'udp'] as const) ports.add(protocol, reading.probed[protocol]);
  const { run, fault } = reading.ending;
  const set = AddressSet.of(addresses);
  return {
    run,
    fault,
    addresses: set,
    ports: ports.toSet(),
    positions,
    taken: { ...taken, hosts: Number(set.size), hostsUp: Number(AddressSet.of(inUse).size) },
    notTaken: reading.tally.counts(),
  };
}

function withHost(taken: TakenCounts, host: ReportedHost): TakenCounts {
  const services = host.findings.filter(({ fact }) => fact === 'service').length;
  return {
    ...taken,
    openPorts: taken.openPorts + host.listed.length,
    otherPorts: taken.otherPorts + coveredPortsOf(host),
    services: taken.services + services,
    hostFacts: taken.hostFacts + host.findings.length - services,
  };
}

const PORTS = 65_536;

/** Every port that a report tells of, a byte each. */
class SeenPorts {
  readonly #seen: Readonly<Record<Protocol, Uint8Array>> = {
    tcp: new Uint8Array(PORTS),
    udp: new Uint8Array(PORTS),
  };

  addHost({ listed, covered }: ReportedHost): void {
    for (const { protocol, port } of listed) this.#seen[protocol][port] = 1;
    for (const { protocol, ranges } of covered) this.add(protocol, ranges);
  }

  add(protocol: Protocol, ranges: readonly PortRange[]): void {
    for (const { first, last } of ranges) this.#seen[protocol].fill(1, first, last + 1);
  }

  /** Without port 0, which nobody can ask for here. */
  toSet(): PortSet {
    return PortSet.of({ tcp: this.#ranges('tcp'), udp: this.#ranges('udp') });
  }

  #ranges(protocol: Protocol): readonly PortRange[] {
    const ranges: PortRange[] = [];
    const seen = this.#seen[protocol];
    for (let first = seen.indexOf(1, 1); first !== -1; ) {
      const end = seen.indexOf(0, first);
      const last = end === -1 ? PORTS - 1 : end - 1;
      ranges.push({ first, last });
      first = seen.indexOf(1, last + 1);
    }
    return ranges;
  }
}
