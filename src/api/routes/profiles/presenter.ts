import type { Profile, ProfileStats } from '#contract/profiles/profile.js';
import type { BuiltInProfile } from '#domain/profiles/profile.js';
import type { ScanSettings } from '#domain/scans/scan-settings.js';
import type { StoredProfile, ProfileStats as StoredStats } from '#store/profiles/profiles.js';

export function presentProfile(profile: StoredProfile): Profile {
  const { uid, name, description, settings, createdBy, createdAt, updatedAt } = profile;
  return {
    id: uid,
    name,
    description,
    built_in: false,
    ...presentSettings(settings),
    created_by: createdBy,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

export function presentBuiltIn({ name, description, settings }: BuiltInProfile): Profile {
  return {
    id: name,
    name,
    description,
    built_in: true,
    ...presentSettings(settings),
    created_by: null,
    created_at: null,
    updated_at: null,
  };
}

function presentSettings(settings: ScanSettings) {
  return {
    scan_type: settings.scanType ?? 'auto',
    ports: settings.ports ?? null,
    live_hosts: settings.liveHosts ?? false,
    rate: settings.rate ?? null,
    per_host_rate: settings.perHostRate ?? null,
    retries: settings.retries ?? null,
    timeout_ms: settings.timeoutMs ?? null,
    concurrency: settings.concurrency ?? null,
    timing: settings.timing ?? null,
    version_intensity: settings.versionIntensity ?? null,
    scripts: settings.scripts ?? null,
    os_detection: settings.osDetection ?? null,
    enrich: settings.enrich === undefined ? null : [...settings.enrich],
  };
}

export function presentProfileStats(stats: StoredStats): ProfileStats {
  const { durationMedianMs } = stats;
  return {
    scans: stats.scans,
    completed: stats.completed,
    failed: stats.failed,
    last_used_at: stats.lastUsedAt?.toISOString() ?? null,
    hosts_found_mean: stats.hostsFoundMean,
    duration_median_seconds: durationMedianMs === null ? null : durationMedianMs / 1_000,
  };
}
