import type { ScanType } from '#domain/scans/scan-type.js';

/** What can be asked of open ports beside whether they are open; `#enrich` has how. */
export const ENRICHER_NAMES = ['ssh', 'tls'] as const;
export type EnricherName = (typeof ENRICHER_NAMES)[number];

/** The TCP ports that each of them asks, where they are open. */
export const ENRICHER_PORTS: Readonly<Record<EnricherName, readonly number[]>> = {
  ssh: [22, 2222],
  tls: [443, 8443, 9443, 465, 993, 995, 853, 989, 990, 992, 994, 636, 5061, 5986, 8883, 6443],
};

/**
 * The types of scan whose open ports are asked. nmap has scripts of its own for it, and finishes whole hosts, of which a
 * stop must not cost any.
 */
export const ENRICHING_SCAN_TYPES = ['auto', 'connect', 'syn'] as const satisfies readonly ScanType[];

/** What a scan collects of which nobody says else. */
export const DEFAULT_ENRICHERS: readonly EnricherName[] = ['ssh', 'tls'];

/** How nothing at all is said where words are given. */
export const NO_ENRICHERS = 'none';

/** Each once, in the order of the table, so that the same wish has one form. */
export function enrichersOf(texts: readonly EnricherName[]): readonly EnricherName[] {
  return ENRICHER_NAMES.filter((enricher) => texts.includes(enricher));
}

/** `ssh,tls`, or `none`. */
export function enrichersText(enrichers: readonly EnricherName[]): string {
  return enrichers.length === 0 ? NO_ENRICHERS : enrichersOf(enrichers).join(',');
}

/** Inverse of `enrichersText`, in any order; undefined for other words. */
export function parseEnrichers(text: string): readonly EnricherName[] | undefined {
  if (text.trim() === NO_ENRICHERS) return [];
  const texts = text.split(',').map((raw) => raw.trim());
  const known = texts.flatMap((raw) => ENRICHER_NAMES.filter((enricher) => enricher === raw));
  return known.length === texts.length ? enrichersOf(known) : undefined;
}
