import type { z } from 'zod';
import type { settingFields } from '#contract/scans/settings.js';
import { enrichersOf } from '#domain/enrichment/enricher.js';
import type { SettingChanges, SettingName } from '#domain/scans/scan-settings.js';

type GivenSettings = {
  readonly [Field in keyof typeof settingFields]?: z.output<(typeof settingFields)[Field]>;
};

/** The settings of a request in the words of the program: absent stays, null takes back. */
export function toSettingChanges(said: GivenSettings): SettingChanges {
  return {
    scanType: said.scan_type,
    ports: said.ports,
    liveHosts: said.live_hosts,
    rate: said.rate,
    perHostRate: said.per_host_rate,
    retries: said.retries,
    timeoutMs: said.timeout_ms,
    concurrency: said.concurrency,
    timing: said.timing,
    versionIntensity: said.version_intensity,
    scripts: said.scripts,
    osDetection: said.os_detection,
    collect: said.collect == null ? said.collect : enrichersOf(said.collect),
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
    collect: changes.collect == null ? changes.collect : [...changes.collect],
  } satisfies { readonly [Field in SettingName]: unknown };
}
