import type { Protocol } from '#domain/ports/protocol.js';
import type { EngineName } from '#domain/scans/scan-type.js';
import type { Clock } from '#domain/time/clock.js';
import type { ProbeResult } from '#net/probe/ports/outcome.js';
import { type ConnectOptions, connectTcp } from '#net/probe/ports/tcp-connect.js';
import type { Permit } from '#net/send/gate.js';
import { ConnectRun, type OpenProbe } from '#scan/connect/connect-run.js';
import type { Engine } from '#scan/engine/engine.js';

/** Descriptors left to the rest of the process: database, listeners, log. */
export const DESCRIPTOR_HEADROOM = 256;

export type Connect = (permit: Permit, options: ConnectOptions) => Promise<ProbeResult>;

export interface ConnectEngineOptions {
  readonly clock: Clock;
  /** How many descriptors this process may open; undefined where the system does not say. */
  readonly descriptorLimit?: number | undefined;
  /** How one port is asked; the tests put silence and failure here. */
  readonly connect?: Connect;
}

/** The portable engine: the operating system's own connect, in this process, without privilege, TCP only. */
export function createConnectEngine(options: ConnectEngineOptions): Engine {
  const { clock, descriptorLimit, connect = connectTcp } = options;
  return socketEngineOf({
    name: 'connect',
    protocols: ['tcp'],
    clock,
    descriptorLimit,
    openProbe: (connectOptions) => (permit) => connect(permit, connectOptions),
  });
}

export interface SocketEngineParts {
  readonly name: EngineName;
  readonly protocols: readonly Protocol[];
  readonly clock: Clock;
  readonly descriptorLimit: number | undefined;
  readonly openProbe: OpenProbe;
}

/**
 * What engines of the operating system's own sockets have in common: everything but how one port is asked. The runs of
 * one share the descriptors of the process evenly: each of sixteen would fit, all of them would not.
 */
export function socketEngineOf(parts: SocketEngineParts): Engine {
  const { name, protocols, clock, descriptorLimit = Number.POSITIVE_INFINITY } = parts;
  const ceiling = descriptorLimit - DESCRIPTOR_HEADROOM;
  let runs = 0;
  let allInFlight = 0;
  // One is always allowed: a run is woken by its own answers.
  const mayHold = (inFlight: number): boolean =>
    inFlight === 0 || (allInFlight < ceiling && inFlight < Math.floor(ceiling / runs));
  const openProbe: OpenProbe = (options) => {
    const probe = parts.openProbe(options);
    return (permit) => {
      allInFlight += 1;
      return probe(permit).finally(() => {
        allInFlight -= 1;
      });
    };
  };
  return {
    name,
    protocols,
    run: (request, signal) => ({
      [Symbol.asyncIterator]: () => {
        runs += 1;
        const onClosed = () => void (runs -= 1);
        return new ConnectRun({ request, signal, clock, openProbe, protocols, mayHold, onClosed }).start();
      },
    }),
  };
}
