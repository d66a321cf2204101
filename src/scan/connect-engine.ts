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

/** The portable engine: the operating system's own connect, in this process, without privilege, TCP only. */
export function createConnectEngine(options: ConnectEngineOptions): Engine {
  const { clock, descriptorLimit = Number.POSITIVE_INFINITY, connect = connectTcp } = options;
  const ceiling = Math.max(1, descriptorLimit - DESCRIPTOR_HEADROOM);
  return {
    name: 'connect',
    run(request, signal) {
      const concurrency = Math.min(request.concurrency, ceiling);
      return {
        [Symbol.asyncIterator]: () =>
          new ConnectRun({ request: { ...request, concurrency }, signal, clock, connect }).start(),
      };
    },
  };
}
