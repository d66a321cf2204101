import { z } from 'zod';
import { ENRICHER_NAMES } from '#domain/enrichment/enricher.js';
import { MAX_VERSION_INTENSITY, NMAP_TIMINGS, SCRIPT_SETS } from '#domain/scans/nmap-detection.js';
import { MAX_CONCURRENCY, MAX_RETRIES, MAX_TIMEOUT_MS, MIN_TIMEOUT_MS } from '#domain/scans/scan-settings.js';
import { SCAN_TYPES } from '#domain/scans/scan-type.js';

export const MAX_PORTS_CHARACTERS = 20_000;
export const MAX_PACKETS_PER_SECOND = 10_000_000;

/** Packets per second, or `max` for no limit of ours. */
export const rateSchema = z.union([z.number().int().min(1).max(MAX_PACKETS_PER_SECOND), z.literal('max')]);

export const perHostRateSchema = z.number().int().min(1).max(MAX_PACKETS_PER_SECOND);

/** How a scan probes, beside its type, its ports and its rates. */
const probing = {
  retries: z.number().int().min(0).max(MAX_RETRIES),
  timeout_ms: z.number().int().min(MIN_TIMEOUT_MS).max(MAX_TIMEOUT_MS),
  concurrency: z.number().int().min(1).max(MAX_CONCURRENCY),
  timing: z.enum(NMAP_TIMINGS),
  version_intensity: z.number().int().min(0).max(MAX_VERSION_INTENSITY),
  scripts: z.enum(SCRIPT_SETS),
  os_detection: z.boolean(),
  enrich: z.array(z.enum(ENRICHER_NAMES)).max(ENRICHER_NAMES.length),
};

/**
 * How a scan asks: each field changes what it does, and one that would do nothing in its type is refused. An absent
 * field is left to the profile, or else to the program; null takes back what the profile says.
 */
export const settingFields = {
  ports: z.string().min(1).max(MAX_PORTS_CHARACTERS).nullish(),
  scan_type: z.enum(SCAN_TYPES).nullish().describe('`auto` when nobody says else.'),
  rate: rateSchema.nullish(),
  per_host_rate: perHostRateSchema.nullish(),
  live_hosts: z
    .boolean()
    .nullish()
    .describe('Discovers hosts first, and probes only ports of those that respond.'),
  retries: probing.retries
    .nullish()
    .describe('How often a silent probe is sent again, at least; 1 when absent.'),
  timeout_ms: probing.timeout_ms
    .nullish()
    .describe(
      'How long an answer is waited for, 900 when absent and at most for connections. Not for nmap, which measures.',
    ),
  concurrency: probing.concurrency
    .nullish()
    .describe('Connections open at once, at most; 1,000 when absent. For the type connect alone.'),
  timing: probing.timing
    .nullish()
    .describe('How patient nmap is; as the rates are when absent. For nmap alone.'),
  version_intensity: probing.version_intensity
    .nullish()
    .describe('How many probes nmap spends on naming a service, 7 when absent. For nmap alone.'),
  scripts: probing.scripts
    .nullish()
    .describe('Which scripts nmap runs; as the type has it when absent. For nmap alone.'),
  os_detection: probing.os_detection
    .nullish()
    .describe('Whether nmap tells operating systems, for which it needs raw packets. For nmap alone.'),
  enrich: probing.enrich
    .nullish()
    .describe(
      'What is asked of ports that are found open: SSH host keys on 22 and 2222, TLS certificates on the usual ports of TLS. Both when absent, nothing when empty. For the types auto, connect and syn.',
    ),
};

/** The same as it is told: null is left to the program. */
export const probingShown = {
  retries: probing.retries.nullable().default(null),
  timeout_ms: probing.timeout_ms.nullable().default(null),
  concurrency: probing.concurrency.nullable().default(null),
  timing: probing.timing.nullable().default(null),
  version_intensity: probing.version_intensity.nullable().default(null),
  scripts: probing.scripts.nullable().default(null),
  os_detection: probing.os_detection.nullable().default(null),
  enrich: probing.enrich.nullable().default(null),
};
