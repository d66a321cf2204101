import { type Address, compareAddresses, formatAddress } from '#domain/addresses/address.js';
import type { ScanChangeCounts, ScanChangeKind } from '#domain/diff/scan-change.js';
import { parseService, serviceText } from '#domain/enrichment/finding.js';
import { formatPortRange } from '#domain/ports/port-set.js';
import { PORT_STATES, type PortState } from '#domain/ports/port-state.js';
import { PROTOCOLS, type Protocol } from '#domain/ports/protocol.js';
import { countPorts, mergeRanges } from '#report/nmap/port-ranges.js';
import type { ReportedHost } from '#report/nmap/reported-host.js';

const PORTS = 65_536;

/** One difference of two reports, as between two scans. */
export interface ReportChange {
  readonly kind: ScanChangeKind;
  readonly address: Address;
  readonly protocol: Protocol | null;
  /** One port, or ranges that changed alike; null of a host. */
  readonly ports: string | null;
  readonly count: number;
  readonly old: string | null;
  readonly new: string | null;
}

/** What only one of the reports probed, which is not a change. */
export interface OnlyProbed {
  addresses: number;
  ports: number;
  hosts: number;
}

export interface ReportComparison {
  /** By address. */
  readonly changes: readonly ReportChange[];
  readonly counts: ScanChangeCounts;
  readonly onlyBefore: OnlyProbed;
  readonly onlyAfter: OnlyProbed;
}

const COUNT_OF: Readonly<Record<ScanChangeKind, keyof ScanChangeCounts>> = {
  host_new: 'hostsNew',
  host_not_seen: 'hostsNotSeen',
  mac_changed: 'hostsChanged',
  name_changed: 'hostsChanged',
  port_opened: 'portsOpened',
  port_closed: 'portsClosed',
  port_changed: 'portsChanged',
  service_changed: 'servicesChanged',
  ssh_host_key_changed: 'hostsChanged',
  certificate_changed: 'hostsChanged',
};

/**
 * Returns what changed from one report to a later one. Only ports that both reports contain are compared: a port that a
 * report does not contain was not probed, and an address in only one of them is not comparable. Both reports and the
 * changes are kept in memory.
 */
export async function compareReports(
  before: AsyncIterable<ReportedHost>,
  after: AsyncIterable<ReportedHost>,
): Promise<ReportComparison> {
  const [was, is] = [await byAddress(before), await byAddress(after)];
  const onlyBefore: OnlyProbed = { addresses: 0, ports: 0, hosts: 0 };
  const onlyAfter: OnlyProbed = { addresses: 0, ports: 0, hosts: 0 };
  const comparing = new PortComparing(onlyBefore, onlyAfter);
  const changes: ReportChange[] = [];
  for (const [name, host] of was) {
    const later = is.get(name);
    if (later === undefined) countAlone(onlyBefore, host);
    else changes.push(...changesOf(host, later, comparing));
  }
  for (const [name, host] of is) if (!was.has(name)) countAlone(onlyAfter, host);
  changes.sort((a, b) => compareAddresses(a.address, b.address));
  return { changes, counts: countsOf(changes), onlyBefore, onlyAfter };
}

function countsOf(changes: readonly ReportChange[]): ScanChangeCounts {
  const counts = {
    hostsNew: 0,
    hostsNotSeen: 0,
    hostsChanged: 0,
    portsOpened: 0,
    portsClosed: 0,
    portsChanged: 0,
    servicesChanged: 0,
  };
  for (const { kind, count } of changes) counts[COUNT_OF[kind]] += kind.startsWith('host') ? 1 : count;
  // Names and hardware addresses of reports are not compared.
  return { ...counts, hostsChanged: null };
}

/** The hosts by address. Some programs write one host element per open port, so those of an address are merged. */
async function byAddress(hosts: AsyncIterable<ReportedHost>): Promise<ReadonlyMap<string, ReportedHost>> {
  const known = new Map<string, ReportedHost>();
  for await (const host of hosts) {
    const name = formatAddress(host.address);
    const reported = known.get(name);
    known.set(name, reported === undefined ? host : together(reported, host));
  }
  return known;
}

function together(reported: ReportedHost, more: ReportedHost): ReportedHost {
  return {
    ...reported,
    evidence: reported.evidence ?? more.evidence,
    listed: [...reported.listed, ...more.listed],
    covered: [...reported.covered, ...more.covered],
    findings: [...reported.findings, ...more.findings],
  };
}

function countAlone(alone: OnlyProbed, { evidence, listed, covered }: ReportedHost): void {
  alone.addresses += 1;
  if (evidence !== undefined) alone.hosts += 1;
  alone.ports += listed.length;
  for (const { ranges } of covered) alone.ports += countPorts(ranges);
}

function changesOf(was: ReportedHost, is: ReportedHost, comparing: PortComparing): ReportChange[] {
  const { address } = is;
  const ofHost = { address, protocol: null, ports: null, old: null, new: null };
  if (was.evidence === undefined && is.evidence !== undefined)
    return [{ ...ofHost, kind: 'host_new', count: is.listed.length }];
  if (was.evidence !== undefined && is.evidence === undefined)
    return [{ ...ofHost, kind: 'host_not_seen', count: was.listed.length }];
  return [...comparing.changes(was, is), ...serviceChanges(was, is)];
}

/** Changed services of ports that are open in both. A service that only one report detected has not changed. */
function serviceChanges(was: ReportedHost, is: ReportedHost): ReportChange[] {
  const before = servicesOf(was);
  return [...servicesOf(is)].flatMap(([key, { protocol, port, text }]) => {
    const old = before.get(key)?.text;
    if (old === undefined || old === text) return [];
    return [
      {
        kind: 'service_changed',
        address: is.address,
        protocol,
        ports: String(port),
        count: 1,
        old,
        new: text,
      },
    ];
  });
}

function servicesOf({ findings }: ReportedHost) {
  return new Map(
    findings.flatMap(({ fact, protocol, port, value }) => {
      const service = fact === 'service' ? parseService(value) : undefined;
      if (service === undefined || protocol === null || port === null) return [];
      return [[`${port}/${protocol}`, { protocol, port, text: serviceText(service) }] as const];
    }),
  );
}

/** Compares the ports of two hosts, with one byte per port: 0 means not probed. The memory is reused. */
class PortComparing {
  readonly #was = new Uint8Array(PORTS);
  readonly #is = new Uint8Array(PORTS);
  readonly #onlyBefore: OnlyProbed;
  readonly #onlyAfter: OnlyProbed;

  constructor(onlyBefore: OnlyProbed, onlyAfter: OnlyProbed) {
    this.#onlyBefore = onlyBefore;
    this.#onlyAfter = onlyAfter;
  }

  changes(was: ReportedHost, is: ReportedHost): ReportChange[] {
    return PROTOCOLS.flatMap((protocol) => {
      fillStates(this.#was, was, protocol);
      fillStates(this.#is, is, protocol);
      return [...this.#portsByChange()].map(([key, ports]) => {
        const [old, now] = [stateOf(Math.floor(key / PORTS)), stateOf(key % PORTS)];
        const kind = kindOf(old, now);
        return {
          kind,
          address: is.address,
          protocol,
          ports: rangesText(ports),
          count: ports.length,
          old,
          new: now,
        };
      });
    });
  }

  /** Ports that changed alike, by the two states. */
  #portsByChange(): ReadonlyMap<number, number[]> {
    const changed = new Map<number, number[]>();
    for (let port = 0; port < PORTS; port += 1) {
      const [old, now] = [this.#was[port] ?? 0, this.#is[port] ?? 0];
      if (old === now) continue;
      if (old === 0) this.#onlyAfter.ports += 1;
      else if (now === 0) this.#onlyBefore.ports += 1;
      else {
        const key = old * PORTS + now;
        const ports = changed.get(key);
        if (ports === undefined) changed.set(key, [port]);
        else ports.push(port);
      }
    }
    return changed;
  }
}

function fillStates(states: Uint8Array, { listed, covered }: ReportedHost, protocol: Protocol): void {
  states.fill(0);
  for (const range of covered)
    if (range.protocol === protocol)
      for (const { first, last } of range.ranges) states.fill(codeOf(range.state), first, last + 1);
  for (const port of listed) if (port.protocol === protocol) states[port.port] = codeOf(port.state);
}

const codeOf = (state: PortState): number => PORT_STATES.indexOf(state) + 1;
const stateOf = (code: number): PortState => PORT_STATES[code - 1] ?? 'unknown';

function kindOf(old: PortState, now: PortState): ScanChangeKind {
  if (now === 'open' && (old === 'closed' || old === 'filtered')) return 'port_opened';
  return old === 'open' && now === 'closed' ? 'port_closed' : 'port_changed';
}

/** `1-21,23`. */
function rangesText(ports: readonly number[]): string {
  return mergeRanges(ports.map((port) => ({ first: port, last: port })))
    .map(formatPortRange)
    .join(',');
}
