import type { DiscoveryMethod } from '#domain/discovery/discovery-method.js';
import { ScanoramaError } from '#domain/errors/error.js';
import { isUid } from '#domain/errors/uid.js';
import type { SettingChanges } from '#domain/scans/scan-settings.js';
import type { SelectionTexts } from '#domain/smart-scan/selection.js';
import type { SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import { clip, quote } from '#domain/text/quote.js';

/** Longest cron that is read, in characters. */
export const MAX_CRON_CHARACTERS = 100;

/** What a schedule does. */
export const SCHEDULE_KINDS = ['scan', 'discovery', 'smart_scan', 'verify', 'retention'] as const;
export type ScheduleKind = (typeof SCHEDULE_KINDS)[number];

/** Kinds that a scheduler does itself; the scans that a smart scan starts go on after it. */
export const TASK_KINDS = ['smart_scan', 'verify', 'retention'] as const satisfies readonly ScheduleKind[];
export type TaskKind = (typeof TASK_KINDS)[number];

/** What becomes of times that were due while no scheduler ran: nothing, the last one runs, or all of them do. */
export const CATCH_UPS = ['none', 'latest', 'all'] as const;
export type CatchUp = (typeof CATCH_UPS)[number];

/** What becomes of a time that is due while the run before has not ended: it is skipped, or waits for it. */
export const OVERLAPS = ['skip', 'queue'] as const;
export type Overlap = (typeof OVERLAPS)[number];

export const RUN_STATES = ['pending', 'running', 'completed', 'failed', 'cancelled', 'skipped'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Why there is a run: it was due, it was due while no scheduler ran, or somebody asked for it. */
export const RUN_CAUSES = ['due', 'catch_up', 'manual'] as const;
export type RunCause = (typeof RUN_CAUSES)[number];

/**
 * Why a time that was due had no run: the run before had not ended, too many were waiting already, no scheduler ran then,
 * the schedule was paused, or its times were changed meanwhile.
 */
export const SKIP_REASONS = ['overlap', 'queue_full', 'missed', 'paused', 'changed'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** The same for people. */
export const SKIP_TEXTS: Readonly<Record<SkipReason, string>> = {
  overlap: 'the run before had not ended',
  queue_full: 'too many were waiting',
  missed: 'no scheduler ran then',
  paused: 'the schedule was paused',
  changed: 'its times were changed',
};

/** A run may begin so much later than it is due, at most. */
export const MAX_JITTER_MS = 24 * 3_600_000;
export const MAX_RETRIES_OF_RUN = 10;
export const DEFAULT_RETRY_DELAY_MS = 5 * 60_000;
export const MAX_RETRY_DELAY_MS = 24 * 3_600_000;
export const MAX_FAILURES_LIMIT = 1_000;
/** Due times that are caught up with at once, at most: the last ones. */
export const CATCH_UP_RUNS = 24;
/** Runs of one schedule that wait, at most. */
export const MAX_WAITING_RUNS = 24;
/** What is due is late from here on: no scheduler ran when it was due. */
export const LATE_MS = 5 * 60_000;

/** Runs in a row that fail until a schedule stops, where nobody says else; null: it goes on. What a check finds is told each time. */
export const DEFAULT_MAX_FAILURES: Readonly<Record<ScheduleKind, number | null>> = {
  scan: 5,
  discovery: 5,
  smart_scan: 5,
  verify: null,
  retention: 5,
};

/** What a scan by schedule asks: all of a scan but its site, its profile and its name. */
export interface ScanWhat {
  /** Empty where the networks of the site take their place. */
  readonly targets: readonly string[];
  /** Instead of targets: every network of the site that is enabled when a run begins. */
  readonly configuredNetworks?: boolean | undefined;
  readonly exclude: readonly string[];
  readonly settings: SettingChanges;
  /** Tags that its scans have from the start; absent of one that was stored before there were any. */
  readonly tags?: readonly string[] | undefined;
  readonly outsideScope: boolean;
  readonly confirmLarge: boolean;
  readonly confirmUnscoped: boolean;
}

export interface DiscoveryWhat {
  readonly networks: readonly string[];
  readonly configuredNetworks?: boolean | undefined;
  /** The systems of the hosts found are told afterwards. */
  readonly detectOs?: boolean | undefined;
  readonly exclude: readonly string[];
  readonly methods?: readonly DiscoveryMethod[] | undefined;
  readonly resolver?: string | undefined;
  readonly rate?: number | 'max' | undefined;
  readonly perHostRate?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly outsideScope: boolean;
  readonly confirmLarge: boolean;
  readonly confirmUnscoped: boolean;
}

/** Of whom a smart scan by schedule learns more, and what counts as missing. What is absent is left to smart scan. */
export interface SmartScanWhat extends SelectionTexts {
  readonly stage?: SmartScanStage | undefined;
  readonly threshold?: number | undefined;
  readonly maxStalenessHours?: number | undefined;
  readonly resolver?: string | undefined;
  /** Hosts of each run, at most. */
  readonly limit?: number | undefined;
  readonly confirmLarge?: boolean | undefined;
  readonly confirmUnscoped?: boolean | undefined;
}

/** What a kind does, in full. */
export type ScheduleInput =
  | { readonly kind: 'scan'; readonly task: ScanWhat }
  | { readonly kind: 'discovery'; readonly task: DiscoveryWhat }
  | { readonly kind: 'smart_scan'; readonly task: SmartScanWhat }
  | { readonly kind: Exclude<TaskKind, 'smart_scan'>; readonly task: Readonly<Record<string, never>> };

/** A name as those of profiles are; it is no id. */
export function checkScheduleName(text: string): string {
  const name = text.trim();
  if (/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/.test(name) && !isUid(name)) return name;
  throw new ScanoramaError('invalid_request', `${quote(text)} is no name for a schedule.`, {
    hint: 'Up to 100 letters, digits, spaces, dots, underscores and hyphens, beginning with a letter or a digit.',
    at: 'name',
    facts: { name: clip(text) },
  });
}

export interface RunPolicy {
  readonly jitterMs: number;
  readonly maxFailures: number | null;
  readonly retries: number;
  readonly retryDelayMs: number;
}

const BOUNDS: Readonly<Record<keyof RunPolicy, readonly [min: number, max: number, field: string]>> = {
  jitterMs: [0, MAX_JITTER_MS, 'jitter_seconds'],
  maxFailures: [1, MAX_FAILURES_LIMIT, 'max_failures'],
  retries: [0, MAX_RETRIES_OF_RUN, 'retries'],
  retryDelayMs: [0, MAX_RETRY_DELAY_MS, 'retry_delay_seconds'],
};

/** `invalid_request` names the first that is out of bounds. */
export function checkPolicy(policy: RunPolicy): void {
  for (const key of ['jitterMs', 'maxFailures', 'retries', 'retryDelayMs'] as const) {
    const value = policy[key];
    const [min, max, field] = BOUNDS[key];
    if (value === null || (Number.isInteger(value) && value >= min && value <= max)) continue;
    const scale = field.endsWith('_seconds') ? 1_000 : 1;
    throw new ScanoramaError(
      'invalid_request',
      `${field} is from ${min / scale} to ${max / scale}, and not ${value / scale}.`,
      { at: field },
    );
  }
}
