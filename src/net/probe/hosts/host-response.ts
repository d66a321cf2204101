import type { Address, AddressFamily } from '#domain/addresses/address.js';
import type { AddressRange } from '#domain/addresses/address-range.js';
import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import { isHostEvidence, type Reason } from '#domain/ports/port-state.js';
import type { MacAddress } from '#net/packet/mac-address.js';

/** A name in the DNS says that somebody once gave the address a name, not that anything is there. */
export const NAME_ONLY = 'ptr-record';
export type HostResponseReason = Reason | typeof NAME_ONLY;

/** What a discovery run saw of one address. */
export interface HostResponse {
  readonly address: Address;
  readonly reason: HostResponseReason;
  readonly roundTripMicroseconds: number;
  /** Only of a neighbor on the same link. */
  readonly mac?: MacAddress;
  /** From PTR records; absent when none was found or none was asked for. */
  readonly names?: readonly string[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly observedAtMs: number;
}

/** Whether it shows that a host is there. */
export function isAlive({ reason }: HostResponse): boolean {
  return reason !== NAME_ONLY && isHostEvidence(reason);
}

/**
 * `proxy-arp`, `proxy-ndp`: one machine answers for its neighbors. `answers-all`: something in between answers
 * pings or connections for hosts that may not be there.
 */
export const IMPOSTOR_KINDS = ['proxy-arp', 'proxy-ndp', 'answers-all'] as const;
export type ImpostorKind = (typeof IMPOSTOR_KINDS)[number];

export interface Impostor {
  readonly kind: ImpostorKind;
  /** From the first to the last address it answered for. */
  readonly range: AddressRange;
  /** What all its answers share: a MAC address, or `ttl 64`. */
  readonly signature: string;
  readonly answered: number;
  readonly probed: number;
}

export const METHOD_TRANSPORTS = ['raw', 'ping-socket', 'connect', 'resolver'] as const;

/** How a method is carried out here, or the system's name for why it is not. */
export interface MethodStatus {
  readonly method: DiscoveryMethod;
  readonly family: AddressFamily;
  readonly transport?: (typeof METHOD_TRANSPORTS)[number];
  /** Such as EPERM: this process lacks CAP_NET_RAW. */
  readonly missing?: string;
}

/** Addresses that were not excluded and could not be probed from here to the end, or whose names could not. */
export interface MissingMethod {
  /** The system's name for what failed, or one of `#domain/scans/warning.js`: `NO_NEIGHBOR`, or what begins with `NAMES_LACK`. */
  readonly code: string;
  /** From the first to the last of them. */
  readonly range: AddressRange;
}

/** What is told of a discovery run, or of a part of it. */
export interface DiscoveryEvents {
  readonly observations: readonly HostResponse[];
  readonly impostors: readonly Impostor[];
  readonly lacks: readonly MissingMethod[];
  readonly methodStatuses: readonly MethodStatus[];
  /** The addresses that were asked by every method there was, without a word; in order. */
  readonly unresponsiveRanges: readonly AddressRange[];
  /** When asking them began, milliseconds since 1970-01-01 UTC. */
  readonly beganAtMs: number;
}
