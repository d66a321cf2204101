/** What is kept for a time that can be set. The table `retention_horizons` has the same words. */
export const RETENTION_KINDS = ['port_scans', 'coverage', 'history', 'events'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

/** Why rows of a scan are not stored any more though its ledger counts them. */
export const REMOVAL_CAUSES = ['partition', 'coverage', 'host'] as const;
export type RemovalCause = (typeof REMOVAL_CAUSES)[number];

/** What is missing of a scan then, for a person. */
export const REMOVED_TEXTS: Readonly<Record<RemovalCause, string>> = {
  partition: 'its open ports are older than they are kept',
  coverage: 'which ports were closed, filtered or silent is kept no longer',
  host: 'a host that it saw was purged',
};

export const FOREVER = 'forever';
/** A hundred years. */
const MAX_DAYS = 36_500;
const MAX_MONTHS = 1_200;

/** Each word that a span may be written with, the unit it is kept in and how many of them it is. */
const UNITS: Readonly<Record<string, { readonly unit: 'days' | 'months'; readonly times: number }>> = {
  d: { unit: 'days', times: 1 },
  day: { unit: 'days', times: 1 },
  days: { unit: 'days', times: 1 },
  w: { unit: 'days', times: 7 },
  week: { unit: 'days', times: 7 },
  weeks: { unit: 'days', times: 7 },
  month: { unit: 'months', times: 1 },
  months: { unit: 'months', times: 1 },
  y: { unit: 'months', times: 12 },
  year: { unit: 'months', times: 12 },
  years: { unit: 'months', times: 12 },
};

/**
 * How long something is kept, in the form in which it is stored: `forever`, `90 days` or `24 months`, which PostgreSQL
 * reads as an interval. Undefined for what is no span from one day to a hundred years.
 */
export function parseRetention(text: string): string | undefined {
  const texts = text.trim().toLowerCase();
  if (texts === FOREVER) return FOREVER;
  const match = /^(\d{1,5})\s*([a-z]+)$/.exec(texts);
  const unit = UNITS[match?.[2] ?? ''];
  if (unit === undefined) return undefined;
  const count = Number(match?.[1]) * unit.times;
  const most = unit.unit === 'days' ? MAX_DAYS : MAX_MONTHS;
  return count >= 1 && count <= most ? `${count} ${unit.unit}` : undefined;
}

/** A span as a person reads it: one of its units has no plural. */
export function retentionText(value: string): string {
  return value.replace(/^1 (day|month)s$/, '1 $1');
}
