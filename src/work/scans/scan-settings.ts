import { DEFAULT_ENRICHERS, enrichersText } from '#domain/enrichment/enricher.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { type ScanSettings, typesOfSetting } from '#domain/scans/scan-settings.js';
import { NMAP_SCAN_TYPES, SCAN_TYPES } from '#domain/scans/scan-type.js';
import { DEFAULT_CONCURRENCY, DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS } from '#scan/engine/engine.js';
import type { Executor } from '#store/database/database.js';
import { findScanView, type ScanView } from '#store/scans/scan-views.js';

/** What a stored scan ran with, as settings; what it left to the program is left to it. `not_found`, `invalid_request`. */
export async function settingsOfScan(executor: Executor, uid: string): Promise<ScanSettings> {
  const scan = await findScanView(executor, uid);
  if (scan === undefined)
    throw new ScanoramaError('not_found', `There is no scan with the id ${uid}.`, { at: uid });
  const scanType = SCAN_TYPES.find((type) => type === scan.scanType);
  if (scanType === undefined)
    throw new ScanoramaError(
      'invalid_request',
      scan.scanType === 'import'
        ? 'An import asked nothing itself, so there is no way to keep.'
        : 'A discovery probes no ports, and profiles say how to ask ports.',
      {
        at: uid,
      },
    );
  return {
    scanType,
    ports: scan.ports,
    liveHosts: scan.liveHosts ? true : undefined,
    rate: scan.unlimited ? 'max' : (scan.packetsPerSecond ?? undefined),
    perHostRate: scan.packetsPerSecondPerHost ?? undefined,
    retries: alongside(scan.retries, DEFAULT_RETRIES),
    timeoutMs: alongside(scan.timeoutMs, DEFAULT_TIMEOUT_MS),
    concurrency: typesOfSetting('concurrency').includes(scanType)
      ? alongside(scan.concurrency, DEFAULT_CONCURRENCY)
      : undefined,
    enrich: enrichedBy(scan),
    ...detectionSettings(scan),
  };
}

function detectionSettings(scan: ScanView): ScanSettings {
  if (!NMAP_SCAN_TYPES.some((type) => type === scan.scanType)) return {};
  return {
    timing: scan.timing ?? undefined,
    versionIntensity: scan.versionIntensity ?? undefined,
    scripts: scan.scripts ?? undefined,
    osDetection: scan.osDetection ?? undefined,
  };
}

function enrichedBy({ enrich }: ScanView): ScanSettings['enrich'] {
  const isUsual = enrich === null || enrichersText(enrich) === enrichersText(DEFAULT_ENRICHERS);
  return isUsual ? undefined : enrich;
}

/** Undefined for what is the program's own. */
function alongside(value: number | null, usual: number): number | undefined {
  return value === null || value === usual ? undefined : value;
}
