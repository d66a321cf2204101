import { type Args, type Fact, factsOf } from '#cli/output/facts.js';
import type { UsedProfileView } from '#contract/profiles/profile.js';
import type { ScanRequest } from '#contract/scans/scan.js';
import { enrichersText } from '#domain/enrichment/enricher.js';
import type { SettingName } from '#domain/scans/scan-settings.js';
import { grouped } from '#domain/text/count-text.js';

type Settings = Pick<ScanRequest, SettingName>;
type Probing = Omit<Settings, 'scan_type' | 'ports' | 'live_hosts'>;

/** Of what sends packets at a rate. */
export const RATE_TEXTS: Args<Pick<Settings, 'rate' | 'per_host_rate'>> = {
  rate: ['Rate', (rate) => (rate === 'max' ? 'no limit' : `${grouped(rate)} packets per second`)],
  per_host_rate: ['Per host', (rate) => `${grouped(rate)} packets per second`],
};

const PROBING_TEXTS: Args<Probing> = {
  ...RATE_TEXTS,
  retries: ['Retries', grouped],
  timeout_ms: ['Timeout', (ms) => `${grouped(ms)} ms`],
  concurrency: ['At once', (count) => `${grouped(count)} connections`],
  timing: ['Timing', (timing) => timing],
  version_intensity: ['Versions', (intensity) => `intensity ${intensity}`],
  scripts: ['Scripts', (scripts) => scripts],
  os_detection: ['Systems', (isReported) => (isReported ? 'detected' : 'not detected')],
  enrich: ['Enrich', enrichersText],
};

/** All settings of a scan. */
export const SETTING_FACT_TEXTS: Args<Settings> = {
  scan_type: ['Type', (type) => type],
  ports: ['Ports', (ports) => ports],
  live_hosts: ['Hosts', (isLive) => (isLive ? 'live ones alone' : null)],
  ...PROBING_TEXTS,
};

/** The settings except the ports, one per line. Settings without a value are omitted. */
export function settingFacts(settings: Settings): Fact[] {
  return factsOf(SETTING_FACT_TEXTS, { ...settings, ports: undefined });
}

/** How fast and how patiently. */
export function probingFacts(probing: Probing): Fact[] {
  return factsOf(PROBING_TEXTS, probing);
}

/** Names the profile and the overridden settings: `As the profile fragile has it, but for rate, ports`. */
export function usedProfileText({ name, id, overrides }: UsedProfileView): string {
  const gone = id === null ? ' (removed since)' : '';
  const other = overrides.length === 0 ? '' : `, but for ${overrides.join(', ')}`;
  return `As the profile ${name}${gone} has it${other}`;
}
