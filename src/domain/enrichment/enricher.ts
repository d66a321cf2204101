import type { ScanType } from '#domain/scans/scan-type.js';

/** What can be asked of open ports beside whether they are open; `#enrich` has how. */
export const COLLECTORS = ['ssh', 'tls'] as const;
export type Collector = (typeof COLLECTORS)[number];

/** The TCP ports that each of them asks, where they are open. */
export const ENRICHER_PORTS: Readonly<Record<Collector, readonly number[]>> = {
  ssh: [22, 2222],
  tls: [443, 8443, 9443, 465, 993, 995, 853, 989, 990, 992, 994, 636, 5061, 5986, 8883, 6443],
};

/**
 * The types of scan whose open ports are asked. nmap has scripts of its own for it, and finishes whole hosts, of which a
 * stop must not cost any.
 */
export const ENRICHING_SCAN_TYPES = ['auto', 'connect', 'syn'] as const satisfies readonly ScanType[];

/** What a scan collects of which nobody says else. */
export const DEFAULT_ENRICHERS: readonly Collector[] = ['ssh', 'tls'];

/** How nothing at all is said where words are given. */
export const NO_ENRICHERS = 'none';

/** Each once, in the order of the table, so that the same wish has one form. */
export function enrichersOf(words: readonly Collector[]): readonly Collector[] {
  return COLLECTORS.filter((collector) => words.includes(collector));
}

/** `ssh,tls`, or `none`. */
export function enrichersText(collectors: readonly Collector[]): string {
  return collectors.length === 0 ? NO_ENRICHERS : enrichersOf(collectors).join(',');
}

/** Inverse of `enrichersText`, in any order; undefined for other words. */
export function parseEnrichers(text: string): readonly Collector[] | undefined {
  if (text.trim() === NO_ENRICHERS) return [];
  const words = text.split(',').map((word) => word.trim());
  const known = words.flatMap((word) => COLLECTORS.filter((collector) => collector === word));
  return known.length === words.length ? enrichersOf(known) : undefined;
}
