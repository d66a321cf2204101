import type { StageMeans } from '#domain/smart-scan.js';
import type { ProberSurvey } from '#scan/prober.js';
import { nmapIsPrivileged } from '#work/capabilities.js';

/** What this machine can do of each stage, so that none is offered that could not succeed. */
export function meansOf(survey: ProberSurvey, resolver: string | undefined): StageMeans {
  const { available, missing } = survey;
  const lackOf = (engine: 'nmap' | 'sweep'): string | null =>
    available.some(({ name }) => name === engine)
      ? null
      : (missing.find(({ name }) => name === engine)?.message ??
        `The engine ${engine} is not to be had here.`);
  const isPrivileged = nmapIsPrivileged(survey);
  return {
    missing: {
      refresh: null,
      port_expansion: null,
      service_scan: lackOf('nmap'),
      os_detection:
        lackOf('nmap') ??
        (isPrivileged ? null : 'nmap tells operating systems by raw packets, which it may not send here.'),
      identity:
        lackOf('sweep') ??
        (resolver === undefined
          ? 'Names are asked of a resolver, and none is named (--resolver ADDRESS, or "resolver").'
          : null),
    },
    asksUdpServices: isPrivileged,
  };
}
