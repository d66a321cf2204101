import type { Address } from '#domain/addresses/address.js';
import type { ReportedError } from '#net/native/sockets/error-queue.js';
import { resultOfConnectError } from '#net/probe/ports/connect-error.js';
import type { Outcome, ProbeResult } from '#net/probe/ports/outcome.js';

const filtered = (reason: Outcome['reason']): Outcome => ({ state: 'filtered', reason });

const CLOSED: Outcome = { state: 'closed', reason: 'port-unreach' };
const PROHIBITED = filtered('admin-prohibited');
const HOST_UNREACH = filtered('host-unreach');
const NET_UNREACH = filtered('net-unreach');
const EXPIRED = filtered('ttl-exceeded');
const UNREACHABLE_TYPE = { icmp: 3, icmpv6: 1 } as const;
const EXPIRED_TYPE = { icmp: 11, icmpv6: 3 } as const;

/** Codes of "destination unreachable": RFC 792, RFC 1122 section 3.2.2.1 and RFC 1812; RFC 4443 section 3.1. */
const UNREACHABLE: Readonly<Record<'icmp' | 'icmpv6', ReadonlyMap<number, Outcome>>> = {
  icmp: new Map([
    [0, NET_UNREACH],
    [2, filtered('proto-unreach')],
    [3, CLOSED],
    [6, NET_UNREACH],
    [9, PROHIBITED],
    [10, PROHIBITED],
    [11, NET_UNREACH],
    [13, PROHIBITED],
  ]),
  icmpv6: new Map([
    [0, NET_UNREACH],
    [1, PROHIBITED],
    [2, NET_UNREACH],
    [4, CLOSED],
    [5, PROHIBITED],
    [6, PROHIBITED],
  ]),
};

/**
 * What an error that was reported of a packet says about the port it went to; undefined when it says nothing, as one
 * about the size of packets, which the next attempt heeds.
 */
export function resultOfReportedError(
  { code, icmp }: ReportedError,
  probed: Address,
): ProbeResult | undefined {
  if (code === 'EMSGSIZE') return undefined;
  if (icmp === undefined) return resultOfConnectError({ code, family: probed.family, isFromNetwork: false });
  const { protocol, type, from } = icmp;
  if (type === EXPIRED_TYPE[protocol]) return EXPIRED;
  if (type !== UNREACHABLE_TYPE[protocol]) return undefined;
  const outcome = UNREACHABLE[protocol].get(icmp.code) ?? HOST_UNREACH;
  // Only the host itself knows that nobody listens: from anybody else it is a firewall that says so.
  return outcome === CLOSED && !isSame(from, probed) ? PROHIBITED : outcome;
}

function isSame(one: Address | undefined, other: Address): boolean {
  return one !== undefined && one.family === other.family && one.value === other.value;
}
