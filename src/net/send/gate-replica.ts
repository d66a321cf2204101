import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { AddressSet } from '#domain/addresses/address-set.js';
import type { Clock } from '#domain/time/clock.js';
import { Freshness } from '#net/send/exclusion-freshness.js';
import { type AddressGate, createGate, type Gate } from '#net/send/gate.js';

/** How long one wait for a reply lasts. */
const POLL_MS = 50;

/** The exclusions of a gate as of one version, in values that can cross to another thread. */
export interface GateState {
  readonly version: number;
  readonly exclusions: readonly string[];
}

/** The channel between a replica and the thread that owns the gate; all of it is shared or transferred. */
export interface GateLine {
  readonly version: Int32Array;
  /** Until when the owner's exclusions are fresh. */
  readonly freshUntil: BigInt64Array;
  /** Counts the replies. */
  readonly answers: Int32Array;
  readonly port: MessagePort;
}

/** Serves the replica at the other end of the port. The port is unref'd; serving ends when it is closed. */
export function serveGate(gate: Gate, { answers, port }: Pick<GateLine, 'answers' | 'port'>): void {
  port.on('message', () => {
    port.postMessage(gateState(gate));
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  });
  port.unref();
}

export function gateState(gate: Gate): GateState {
  return { version: Atomics.load(gate.version, 0), exclusions: gate.exclusions.toTexts() };
}

/**
 * A replica of a gate that another thread owns: it applies an exclusion from the time that `exclude` has returned
 * there. When the shared version has changed it requests the new exclusions and waits for them before it permits
 * anything. Both threads use the machine's clock.
 */
export function createGateReplica(state: GateState, line: GateLine, clock: Clock): AddressGate {
  let known = state.version;
  let gate = createGate({ exclusions: AddressSet.parse(state.exclusions) });

  function renew(): void {
    line.port.postMessage('state', []);
    for (;;) {
      const answered = Atomics.load(line.answers, 0);
      const received = receiveMessageOnPort(line.port);
      if (received === undefined) {
        Atomics.wait(line.answers, 0, answered, POLL_MS);
        continue;
      }
      const fresh: GateState = received.message;
      known = fresh.version;
      gate = createGate({ exclusions: AddressSet.parse(fresh.exclusions) });
      return;
    }
  }

  return {
    version: line.version,
    freshness: new Freshness(clock, line.freshUntil),
    permits(address) {
      while (known !== Atomics.load(line.version, 0)) renew();
      return gate.permits(address);
    },
  };
}
