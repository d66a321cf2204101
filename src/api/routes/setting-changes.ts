import type { z } from 'zod';
import type { settingFields } from '#contract/scans/settings.js';
import { enrichersOf } from '#domain/enrichment/enricher.js';
import type { SettingChanges, SettingName } from '#domain/scans/scan-settings.js';

type GivenSettings = {
  readonly [Field in keyof typeof settingFields]?: z.output<(typeof settingFields)[Field]>;
};

/** The settings of a request in the words of the program: absent stays, null takes back. */
export function toSettingChanges(given: GivenSettings): SettingChanges {
  return {
    scanType: given.scan_type,
    ports: given.ports,
    liveHosts: given.live_hosts,
    rate: given.rate,
    perHostRate: given.per_host_rate,
    retries: given.retries,
    timeoutMs: given.timeout_ms,
    concurrency: given.concurrency,
    timing: given.timing,
    versionIntensity: given.version_intensity,
    scripts: given.scripts,
    osDetection: given.os_detection,
    enrich: given.enrich == null ? given.enrich : enrichersOf(given.enrich),
  };
}

/** The same as it was said. */
export function presentSettingChanges(changes: SettingChanges) {
  return {
    scan_type: changes.scanType,
    ports: changes.ports,
    live_hosts: changes.liveHosts,
    rate: changes.rate,
    per_host_rate: changes.perHostRate,
    retries: changes.retries,
    timeout_ms: changes.timeoutMs,
    concurrency: changes.concurrency,
    timing: changes.timing,
    version_intensity: changes.versionIntensity,
    scripts: changes.scripts,
    os_detection: changes.osDetection,
    enrich: changes.enrich == null ? changes.enrich : [...changes.enrich],
  } satisfies { readonly [Field in SettingName]: unknown };
}
