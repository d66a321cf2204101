import type { DiscoveryProbes } from '#discovery/probes.js';
import type { AddressSet } from '#domain/addresses/address-set.js';
import type { Clock } from '#domain/time/clock.js';
import type { Gate } from '#net/send/gate.js';
import type { Pace } from '#net/send/pace.js';

export interface DiscoveryRequest {
  /** Of any size; never expanded. */
  readonly targets: AddressSet;
  readonly gate: Gate;
  readonly pace: Pace;
  readonly clock: Clock;
  /** Opened by the caller, who closes them. */
  readonly probes: DiscoveryProbes;
  readonly timeoutMs: number;
  /** How often an address without a response is probed again, with each method. */
  readonly retries: number;
  /** Maximum of probes in flight at once. */
  readonly concurrency: number;
  readonly tcpPorts?: readonly number[];
  /** Maximum of addresses whose cells are begun and not yet yielded (default: `MAX_OPEN_ADDRESSES`). */
  readonly openAddresses?: number;
}
