import { HOST_METHODS } from '#domain/discovery/discovery-method.js';
import type { Clock } from '#domain/time/clock.js';
import { createLiveHostsEngine } from '#prober/engines/live-hosts.js';
import { openSystemProbes } from '#prober/engines/system-probes.js';
import type { Engine } from '#scan/engine/engine.js';
import type { ProbeOrder } from '#scan/engine/prober.js';

/** Makes of an engine one that asks live hosts alone. The sockets of a sweep are open while its order runs. */
export function onlyLiveHosts(clock: Clock): (engine: Engine, order: ProbeOrder) => Engine {
  return (engine, { plan: { targets } }) =>
    createLiveHostsEngine({
      engine,
      targets,
      clock,
      openProbes: (families) =>
        openSystemProbes({ methods: HOST_METHODS, resolver: undefined }, families, clock),
    });
}
