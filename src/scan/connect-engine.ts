import type { Clock } from '#domain/clock.js';
import { connectTcp } from '#probe/tcp-connect.js';
import { type Connect, ConnectRun } from '#scan/connect-run.js';
import type { Engine } from '#scan/engine.js';

/** Descriptors left to the rest of the process: database, listeners, log. */
export const DESCRIPTOR_HEADROOM = 256;

export interface ConnectEngineOptions {
  readonly clock: Clock;
  /** How many descriptors this process may open; undefined where the system does not say. */
  readonly descriptorLimit?: number | undefined;
  /** How one port is asked; the tests put silence and failure here. */
  readonly connect?: Connect;
}

/**
 * The portable engine: the operating system's own connect, in this process, without privilege, TCP only. Its
 * runs share the descriptors of the process evenly: each of sixteen would fit, all of them would not.
 */
export function createConnectEngine(options: ConnectEngineOptions): Engine {
  const { clock, descriptorLimit = Number.POSITIVE_INFINITY, connect = connectTcp } = options;
  const ceiling = descriptorLimit - DESCRIPTOR_HEADROOM;
  let runs = 0;
  let allInFlight = 0;
  // One is always allowed: a run is woken by its own answers.
  const mayHold = (inFlight: number): boolean =>
    inFlight === 0 || (allInFlight < ceiling && inFlight < Math.floor(ceiling / runs));
  const counted: Connect = (permit, connectOptions) => {
    allInFlight += 1;
    return connect(permit, connectOptions).finally(() => {
      allInFlight -= 1;
    });
  };
  return {
    name: 'connect',
    protocols: ['tcp'],
    run: (request, signal) => ({
      [Symbol.asyncIterator]: () => {
        runs += 1;
        const onClosed = () => void (runs -= 1);
        return new ConnectRun({ request, signal, clock, connect: counted, mayHold, onClosed }).start();
      },
    }),
  };
}
