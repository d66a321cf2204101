import { grouped } from '#cli/output/text.js';
import type { UsedProfileView } from '#contract/profile.js';
import type { Scan } from '#contract/scan.js';
import { collectorsText } from '#domain/collector.js';

type Probing = Pick<
  Scan,
  | 'rate'
  | 'per_host_rate'
  | 'retries'
  | 'timeout_ms'
  | 'concurrency'
  | 'timing'
  | 'version_intensity'
  | 'scripts'
  | 'os_detection'
  | 'collect'
>;
type Fact = readonly [name: string, value: string];

/** How something asks beside its ports, a line each; what is left to the program is left out. */
export function settingFacts(settings: Probing & Pick<Scan, 'scan_type' | 'live_hosts'>): Fact[] {
  const hosts: Fact[] = settings.live_hosts ? [['Hosts', 'live ones alone']] : [];
  return [['Type', settings.scan_type], ...hosts, ...probingFacts(settings)];
}

/** How fast and how patiently. */
export function probingFacts(probing: Probing): Fact[] {
  const { rate, per_host_rate: perHost } = probing;
  const facts: readonly (readonly [string, string | null])[] = [
    ['Rate', rate === null ? null : rate === 'max' ? 'no limit' : `${grouped(rate)} packets per second`],
    ['Per host', perHost === null ? null : `${grouped(perHost)} packets per second`],
    ['Retries', countText(probing.retries)],
    ['Timeout', probing.timeout_ms === null ? null : `${grouped(probing.timeout_ms)} ms`],
    ['At once', probing.concurrency === null ? null : `${grouped(probing.concurrency)} connections`],
    ['Timing', probing.timing],
    ['Versions', probing.version_intensity === null ? null : `intensity ${probing.version_intensity}`],
    ['Scripts', probing.scripts],
    ['Systems', probing.os_detection === null ? null : probing.os_detection ? 'told' : 'not told'],
    ['Collected', probing.collect === null ? null : collectorsText(probing.collect)],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

function countText(count: number | null): string | null {
  return count === null ? null : grouped(count);
}

/** `As the profile fragile has it, but for rate and ports`: which fields were said otherwise. */
export function usedProfileText({ name, id, overrides }: UsedProfileView): string {
  const gone = id === null ? ' (removed since)' : '';
  const other = overrides.length === 0 ? '' : `, but for ${overrides.join(', ')}`;
  return `As the profile ${name}${gone} has it${other}`;
}
