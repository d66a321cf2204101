import { DEFAULT_ENRICHERS, ENRICHING_SCAN_TYPES } from '#domain/enrichment/enricher.js';
import { detectionOf, TIMING_PAUSES_MS } from '#domain/scans/nmap-detection.js';
import { checkConnectTimeout, type ScanSettings } from '#domain/scans/scan-settings.js';
import { type EngineName, NMAP_SCAN_TYPES, type StoredScanType } from '#domain/scans/scan-type.js';
import type { ScanRate } from '#net/send/scan-pace.js';
import { DEFAULT_CONCURRENCY, DEFAULT_RETRIES, DEFAULT_TIMEOUT_MS } from '#scan/engine/engine.js';
import type { ProbeOrder, ProberSurvey } from '#scan/engine/prober.js';
import { NO_PROBING, type ScanJob, type StoredProbing } from '#store/scans/scan-jobs.js';
import { nmapIsPrivileged, noSystemsError } from '#work/shards/capabilities.js';

/** What a person may say of how a scan probes. */
export type ProbingInput = Pick<
  ScanSettings,
  | 'retries'
  | 'timeoutMs'
  | 'concurrency'
  | 'timing'
  | 'versionIntensity'
  | 'scripts'
  | 'osDetection'
  | 'enrich'
>;

/**
 * How a scan of this type probes with this engine, in full, so that it goes on in the same way whatever becomes of the
 * profile and of the defaults. Throws `invalid_request` for a timeout that connections cannot have, and
 * `privilege_missing` for a system that cannot be told here.
 */
export function probingOf(
  input: ProbingInput,
  { engine, scanType }: { readonly engine: EngineName; readonly scanType: StoredScanType },
  survey: ProberSurvey,
): StoredProbing {
  const retries = input.retries ?? DEFAULT_RETRIES;
  const nmapType = NMAP_SCAN_TYPES.find((type) => type === scanType);
  if (nmapType === undefined) {
    if (engine === 'connect') checkConnectTimeout(input.timeoutMs);
    const { timeoutMs = DEFAULT_TIMEOUT_MS, concurrency = DEFAULT_CONCURRENCY } = input;
    // Raw packets hold no connection open.
    const collects = ENRICHING_SCAN_TYPES.some((type) => type === scanType);
    return {
      ...NO_PROBING,
      retries,
      timeoutMs,
      concurrency: engine === 'connect' ? concurrency : null,
      enrich: collects ? (input.enrich ?? DEFAULT_ENRICHERS) : null,
    };
  }
  const isPrivileged = nmapIsPrivileged(survey);
  if (input.osDetection === true && !isPrivileged) throw noSystemsError('os_detection');
  const detection = detectionOf(nmapType, input);
  return {
    ...NO_PROBING,
    retries,
    timing: detection.timing ?? null,
    versionIntensity: detection.versionIntensity,
    scripts: detection.scripts,
    osDetection: detection.osDetection && isPrivileged,
  };
}

/** What was said about the speed of a scan. */
export function rateOf(
  job: Pick<ScanJob, 'packetsPerSecond' | 'packetsPerSecondPerHost' | 'unlimited'>,
): ScanRate {
  return {
    packetsPerSecond: job.packetsPerSecond ?? undefined,
    packetsPerSecondPerHost: job.packetsPerSecondPerHost ?? undefined,
    unlimited: job.unlimited,
  };
}

/** The part of an order that says how to probe. */
export function probingOrder(
  job: ScanJob,
): Pick<ProbeOrder, 'retries' | 'timeoutMs' | 'concurrency' | 'nmap' | 'enrich'> {
  const nmapType = NMAP_SCAN_TYPES.find((type) => type === job.scanType);
  return {
    retries: job.retries ?? DEFAULT_RETRIES,
    timeoutMs: job.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    concurrency: job.concurrency ?? DEFAULT_CONCURRENCY,
    enrich: job.enrich ?? undefined,
    nmap:
      nmapType &&
      detectionOf(nmapType, {
        timing: job.timing ?? undefined,
        versionIntensity: job.versionIntensity ?? undefined,
        scripts: job.scripts ?? undefined,
        osDetection: job.osDetection ?? undefined,
      }),
  };
}

/** Packets per second that a patient nmap sends at most, over all hosts; undefined where nothing but the rates limits it. */
export function patientRate({ timing }: Pick<StoredProbing, 'timing'>): number | undefined {
  const pauseMs = timing === null ? 0 : TIMING_PAUSES_MS[timing];
  return pauseMs === 0 ? undefined : 1_000 / pauseMs;
}
