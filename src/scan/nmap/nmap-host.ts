import type { Address } from '#domain/addresses/address.js';
import { formatAddress, parseAddress } from '#domain/addresses/address.js';
import type { Finding } from '#domain/enrichment/finding.js';
import type { PortSet } from '#domain/ports/port-set.js';
import type { Protocol } from '#domain/ports/protocol.js';
import { findingsOf } from '#report/nmap/nmap-findings.js';
import { portsOfHost } from '#report/nmap/nmap-ports.js';
import type { NmapHost } from '#report/nmap/nmap-types.js';
import { NotTakenTally } from '#report/nmap/reported-host.js';
import { type OutcomeCode, outcomeCode } from '#scan/results/completed-chunk.js';

/** A host that nmap has finished. */
export interface FinishedHost {
  readonly address: string;
  readonly observedAtMs: number;
  /** Of a port that was asked; one nmap says nothing of was asked as well, and nobody can tell. */
  codeOf(protocol: Protocol, port: number): OutcomeCode;
  readonly findings: readonly Finding[];
}

const UNREPORTED = outcomeCode({ state: 'unknown', reason: 'unreported' });

/**
 * What a finished host showed, dated by the begin of its scan: nothing in it is older. Undefined for a host that
 * nmap gave up on, or that has no address.
 */
export function finishedHost(host: NmapHost, ports: PortSet, nowMs: number): FinishedHost | undefined {
  const address = addressOf(host);
  const isUnreported = host.ports.length === 0 && host.extraPorts.length === 0;
  if (address === undefined || host.timedOut || isUnreported) return undefined;
  const observedAtMs = Math.min(nowMs, host.startedAtMs ?? nowMs);
  const tally = new NotTakenTally();
  const codes = codesOf(host, ports, tally);
  return {
    address: formatAddress(address),
    observedAtMs,
    codeOf: (protocol, port) => codes[protocol].get(port) ?? UNREPORTED,
    findings: findingsOf(host, { address, observedAtMs }, tally),
  };
}

function addressOf({ addresses }: NmapHost): Address | undefined {
  return addresses.filter(({ type }) => type !== 'mac').map(({ address }) => parseAddress(address))[0];
}

function codesOf(host: NmapHost, { tcp, udp }: PortSet, tally: NotTakenTally) {
  const codes = { tcp: new Map<number, OutcomeCode>(), udp: new Map<number, OutcomeCode>() };
  const { single, together } = portsOfHost(host, { tcp, udp }, tally);
  for (const { protocol, ranges, ...outcome } of together) {
    const code = outcomeCode(outcome);
    for (const { first, last } of ranges)
      for (let port = first; port <= last; port += 1) codes[protocol].set(port, code);
  }
  for (const { protocol, port, ...outcome } of single) codes[protocol].set(port, outcomeCode(outcome));
  return codes;
}
