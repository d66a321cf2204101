import type { PortRange } from '#domain/ports/port-set.js';
import type { PortState, Reason } from '#domain/ports/port-state.js';
import { PROTOCOLS, type Protocol } from '#domain/ports/protocol.js';
import type { NmapHost, NmapScanInfo } from '#report/nmap/nmap-types.js';
import { reasonOf, stateOf } from '#report/nmap/nmap-values.js';
import { countPorts, mergeRanges, parsePortList, subtractRanges } from '#report/nmap/port-ranges.js';
import type { NotTakenTally, ReportedPort, ReportedRanges } from '#report/nmap/reported-host.js';

/** The ports that a run probed on every host, by protocol. */
export type ProbedPorts = Readonly<Record<Protocol, readonly PortRange[]>>;

export function probedPorts(scans: readonly NmapScanInfo[]): ProbedPorts {
  const probed = (protocol: Protocol) =>
    mergeRanges(
      scans
        .filter((scan) => scan.protocol === protocol)
        .flatMap(({ services }) => (services === undefined ? [] : (parsePortList(services) ?? []))),
    );
  return { tcp: probed('tcp'), udp: probed('udp') };
}

export interface PortsOfHost {
  /** Those that the report lists one by one, in any state. */
  readonly single: readonly ReportedPort[];
  /** Those that it lists or counts together. */
  readonly together: readonly ReportedRanges[];
}

/** Returns every port in a report of a host, each once. */
export function portsOfHost(host: NmapHost, probed: ProbedPorts, tally: NotTakenTally): PortsOfHost {
  const single = singlePorts(host, tally);
  const taken = new TakenPorts(single);
  const together: ReportedRanges[] = [];
  const counted: CountedPorts[] = [];
  for (const { state, count = 0, reasons } of host.extraPorts) {
    const known = stateOf(state);
    const parts =
      reasons.length === 0 ? [{ count, ports: undefined, protocol: undefined, reason: undefined }] : reasons;
    for (const part of parts) {
      const reason = reasonOf(part.reason);
      const ranges = part.ports === undefined ? undefined : parsePortList(part.ports);
      const protocol = PROTOCOLS.find((text) => text === part.protocol);
      if (known === undefined) tally.add('unknown-state', part.count ?? 0);
      else if (part.protocol !== undefined && protocol === undefined)
        tally.add('other-protocol', part.count ?? 0);
      else if (ranges === undefined || protocol === undefined)
        counted.push({ state: known, reason, count: part.count ?? 0 });
      else together.push({ protocol, state: known, reason, ranges: taken.take(protocol, ranges, tally) });
    }
  }
  return { single, together: [...together, ...countedPorts(counted, { probed, taken, tally })] };
}

function singlePorts(host: NmapHost, tally: NotTakenTally): readonly ReportedPort[] {
  const found = new Map<string, ReportedPort>();
  for (const { protocol: text, port, state: stateName, reason } of host.ports) {
    const protocol = PROTOCOLS.find((known) => known === text);
    const state = stateOf(stateName);
    const key = `${protocol} ${port}`;
    if (protocol === undefined || port === undefined) tally.add('other-protocol');
    else if (state === undefined) tally.add('unknown-state');
    else if (found.has(key)) tally.add('repeated-port');
    else found.set(key, { protocol, port, state, reason: reasonOf(reason) });
  }
  return [...found.values()];
}

interface CountedPorts {
  readonly state: PortState;
  readonly reason: Reason;
  readonly count: number;
}

interface Surroundings {
  readonly probed: ProbedPorts;
  readonly taken: TakenPorts;
  readonly tally: NotTakenTally;
}

/**
 * Older versions only count the ports that they do not list: "1000 filtered". If the numbers agree, these are the
 * probed ports that are not listed. With several states it is not known which port has which, so all are `unknown`.
 */
function countedPorts(
  counted: readonly CountedPorts[],
  { probed, taken, tally }: Surroundings,
): readonly ReportedRanges[] {
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  const rest = PROTOCOLS.map((protocol) => ({ protocol, ranges: taken.restOf(protocol, probed[protocol]) }));
  if (rest.reduce((sum, { ranges }) => sum + countPorts(ranges), 0) !== total) {
    tally.add('uncertain-ports', total);
    return [];
  }
  const state = onlyOne(counted.map((one) => one.state)) ?? 'unknown';
  const reason =
    (state === 'unknown' ? undefined : onlyOne(counted.map((one) => one.reason))) ?? 'unreported';
  return rest.filter(({ ranges }) => ranges.length > 0).map((part) => ({ ...part, state, reason }));
}

function onlyOne<Value>(values: readonly Value[]): Value | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}

/** The ports of a host that were given a state already. */
class TakenPorts {
  readonly #ranges: Record<Protocol, readonly PortRange[]>;

  constructor(single: readonly ReportedPort[]) {
    const of = (protocol: Protocol) =>
      mergeRanges(
        single.filter((one) => one.protocol === protocol).map(({ port }) => ({ first: port, last: port })),
      );
    this.#ranges = { tcp: of('tcp'), udp: of('udp') };
  }

  restOf(protocol: Protocol, ranges: readonly PortRange[]): readonly PortRange[] {
    return subtractRanges(ranges, this.#ranges[protocol]);
  }

  /** What of these was free; it is taken afterwards. */
  take(protocol: Protocol, ranges: readonly PortRange[], tally: NotTakenTally): readonly PortRange[] {
    const free = this.restOf(protocol, ranges);
    tally.add('repeated-port', countPorts(ranges) - countPorts(free));
    this.#ranges[protocol] = mergeRanges([...this.#ranges[protocol], ...free]);
    return free;
  }
}
