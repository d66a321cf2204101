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
  /** How often silence is asked again, with each method. */
  readonly retries: number;
  /** Questions in flight at once, at most. */
  readonly concurrency: number;
  readonly tcpPorts?: readonly number[];
  /** Addresses whose cells are begun and not handed out, at most; `MAX_OPEN_ADDRESSES` when absent. */
  readonly openAddresses?: number;
}
