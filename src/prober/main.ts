import { Socket } from 'node:net';
import { leaveUnlessOfBuild } from '#net/native/libc/build.js';
import { hasLibc } from '#net/native/libc/libc.js';
import { ScanPaces } from '#net/send/scan-pace.js';
import { systemClock } from '#net/send/system-clock.js';
import { CHANNEL_FD } from '#prober/client/launch.js';
import { openEngines } from '#prober/engines/engine-requirements.js';
import { ENGINE_MAKERS } from '#prober/engines/engines.js';
import { enriching } from '#prober/engines/enriching-engine.js';
import { onlyLiveHosts } from '#prober/engines/live-hosts-engine.js';
import { descriptorLimit } from '#prober/machine/descriptor-limit.js';
import { findNmapVersion } from '#prober/machine/nmap-version.js';
import { mayUseRawPackets } from '#prober/machine/raw-packets.js';
import { serveProber } from '#prober/serve.js';
import { createLocalProber } from '#scan/engine/local-prober.js';
import type { ProberFacts } from '#scan/engine/prober.js';

/*
 * The prober process. Its life hangs on its channel alone: a Ctrl-C or a service manager that signals the whole
 * group asks the server to stop, and the server still wants the answers under way.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

leaveUnlessOfBuild(process.argv[2]);
const clock = systemClock;
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const facts: ProberFacts = {
  where: 'own-process',
  nodePath: process.execPath,
  nodeVersion: process.version,
  platform: process.platform,
  rawPackets: mayUseRawPackets(),
  liveHosts: hasLibc(),
  descriptorLimit: await descriptorLimit(),
  nmapVersion: await findNmapVersion(),
};
const { engines, missing } = openEngines(ENGINE_MAKERS, { clock, facts });
const parts = {
  engines,
  missing,
  paces: new ScanPaces(clock),
  clock,
  facts,
  enriching: enriching(clock),
};
await serveProber(
  channel,
  createLocalProber(facts.liveHosts ? { ...parts, onlyLiveHosts: onlyLiveHosts(clock) } : parts),
);
leave();

/** Ends this process and what it started, such as an nmap: whoever started us is gone, and nobody reads any more. */
function leave(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // Not the leader of a group, as when started by hand.
    process.exit();
  }
}
