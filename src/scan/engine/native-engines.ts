import type { Clock } from '#domain/time/clock.js';
import { raiseDescriptorLimit } from '#net/native/libc/descriptor-limit.js';
import { NativeProbeRunner } from '#net/probe/ports/native-probe.js';
import { type SocketEngineParts, socketEngineOf } from '#scan/connect/connect-engine.js';
import type { Engine } from '#scan/engine/engine.js';

export interface NativeEngineOptions {
  readonly clock: Clock;
  /** How many descriptors this process may open; else it raises its limit as far as it may. */
  readonly descriptorLimit?: number;
}

/**
 * The connect engine on Linux: sockets of the C library instead of Node's, without privilege, for a process that
 * does little else; asks UDP ports beside TCP ports. Throws where there is no GNU C library.
 */
export function createNativeConnectEngine(options: NativeEngineOptions): Engine {
  return createNativeEngine({ name: 'connect', protocols: ['tcp', 'udp'] }, options);
}

/** The same for plans of UDP ports alone. */
export function createUdpEngine(options: NativeEngineOptions): Engine {
  return createNativeEngine({ name: 'udp', protocols: ['udp'] }, options);
}

function createNativeEngine(
  parts: Pick<SocketEngineParts, 'name' | 'protocols'>,
  { clock, descriptorLimit = raiseDescriptorLimit() }: NativeEngineOptions,
): Engine {
  return socketEngineOf({
    ...parts,
    clock,
    descriptorLimit,
    openProbe: (connectOptions) => {
      const sender = new NativeProbeRunner(connectOptions);
      return (permit) => sender.probe(permit);
    },
  });
}
