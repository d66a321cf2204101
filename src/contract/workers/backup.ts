import type { IntegrityReport } from '#contract/workers/health.js';

/** One table of a backup, with the SHA-256 (hexadecimal) of its rows. */
export interface BackedUpTable {
  readonly name: string;
  readonly rows: number;
  readonly sha256: string;
}

/** What a backup says of itself. */
export interface BackupDescription {
  readonly created_at: string;
  readonly product_version: string;
  readonly format_version: number;
  readonly schema_version: number;
  /** Tables whose rows are left out on purpose. */
  readonly left_out: readonly string[];
  readonly rows: number;
  readonly tables: readonly BackedUpTable[];
}

/** `scanorama backup --json`. */
export interface BackupReport extends BackupDescription {
  readonly file: string;
  readonly size_bytes: number;
}

/** Scans that a restore names; the others are only counted. */
export const NAMED_HELD_SCANS = 100;
/** The same of schedules. */
export const NAMED_STOPPED_SCHEDULES = 100;

/** `scanorama restore --json`. */
export interface RestoreReport {
  /** Restored into a scratch database, which is gone again. */
  readonly drill: boolean;
  readonly backup: BackupDescription;
  /** What the database counted after it was loaded, beside what the backup says. */
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly stored: number }[];
  /** Of the schema, after it was brought up to date. */
  readonly schema_version: number;
  /** Scans that were running or waiting when the backup was made: they are cancelled, and go on when they are resumed. */
  readonly held_scans: number;
  /** Which they are: the oldest `NAMED_HELD_SCANS` of them. */
  readonly held_scan_ids: readonly string[];
  /** Schedules that were enabled: they are paused until somebody enables them. */
  readonly stopped_schedules: number;
  /** What they are called: the first `NAMED_STOPPED_SCHEDULES` of them, by name. */
  readonly stopped_schedule_names: readonly string[];
  /** API keys that can be used now, also those that were revoked after the backup was made, and those that the restore revoked. */
  readonly keys: { readonly usable: number; readonly revoked: number };
  readonly integrity: IntegrityReport;
}
