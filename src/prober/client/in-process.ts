import type { Clock } from '#domain/time/clock.js';
import { ScanPaces } from '#net/send/scan-pace.js';
import { type EngineMakers, openEngines } from '#prober/engines/engine-requirements.js';
import { enriching } from '#prober/engines/enriching-engine.js';
import { descriptorLimit } from '#prober/machine/descriptor-limit.js';
import { findNmapVersion } from '#prober/machine/nmap-version.js';
import { createConnectEngine } from '#scan/connect/connect-engine.js';
import { createLocalProber } from '#scan/engine/local-prober.js';
import type { Prober, ProberFacts } from '#scan/engine/prober.js';

const PORTABLE_ENGINES: EngineMakers = {
  connect: ({ clock, facts }) =>
    createConnectEngine({ clock, descriptorLimit: facts.descriptorLimit ?? undefined }),
};

/** The prober of a program that starts none: the portable engine, and no native call that could break the program. */
export async function openInProcessProber(clock: Clock): Promise<Prober> {
  const facts: ProberFacts = {
    where: 'in-process',
    nodePath: process.execPath,
    nodeVersion: process.version,
    platform: process.platform,
    rawPackets: false,
    liveHosts: false,
    descriptorLimit: await descriptorLimit(),
    nmapVersion: await findNmapVersion(),
  };
  const { engines, missing } = openEngines(PORTABLE_ENGINES, { clock, facts });
  const paces = new ScanPaces(clock);
  return createLocalProber({ engines, missing, paces, clock, facts, enriching: enriching(clock) });
}
