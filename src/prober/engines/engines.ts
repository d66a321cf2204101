import { randomFillSync } from 'node:crypto';
import { hasLibc } from '#net/native/libc/libc.js';
import { createDiscoveryEngine } from '#prober/engines/discovery-engine.js';
import type { EngineMakers, EngineParts } from '#prober/engines/engine-requirements.js';
import { openSystemProbes } from '#prober/engines/system-probes.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import type { Engine } from '#scan/engine/engine.js';
import { createNativeConnectEngine, createUdpEngine } from '#scan/engine/native-engines.js';
import { createNmapEngine } from '#scan/nmap/nmap-engine.js';
import { createRawEngine } from '#scan/raw-engine/raw-engine.js';

/** The engines of the prober process. One more engine is one more line here. */
export const ENGINE_MAKERS: EngineMakers = {
  syn: ({ clock }) => createRawEngine({ name: 'syn', clock, randomize }),
  connect: (parts) => (hasLibc() ? createNativeConnectEngine(parts) : portable(parts)),
  udp: ({ clock, facts }) =>
    facts.rawPackets ? createRawEngine({ name: 'udp', clock, randomize }) : createUdpEngine({ clock }),
  ack: ({ clock }) => createRawEngine({ name: 'ack', clock, randomize }),
  // A privilege of this file alone is not handed down to nmap: it has what root has.
  nmap: ({ clock, facts }) =>
    createNmapEngine({ clock, isPrivileged: facts.rawPackets && process.getuid?.() === 0 }),
  discovery: ({ clock }) =>
    createDiscoveryEngine({
      clock,
      openProbes: (input, families) => openSystemProbes(input, families, clock),
    }),
};

function randomize(texts: Int32Array): void {
  randomFillSync(texts);
}

function portable({ clock, facts }: EngineParts): Engine {
  return createConnectEngine({ clock, descriptorLimit: facts.descriptorLimit ?? undefined });
}
