import type { ProberSettings } from '#config/settings.js';
import { systemClock } from '#net/send/system-clock.js';
import type { Prober } from '#scan/engine/prober.js';
import type { Log } from '#telemetry/log.js';

/** Whoever asks for this program; a process is only started once it is needed. */
export async function openProber(settings: ProberSettings, log: Log): Promise<Prober> {
  if (settings.mode === 'process') {
    const { ProcessProber } = await import('#prober/client/client.js');
    return new ProcessProber({ ...settings, log });
  }
  const { openInProcessProber } = await import('#prober/client/in-process.js');
  return openInProcessProber(systemClock);
}
