import { quote } from '#domain/text/quote.js';

/** For whom an exclusion holds: every scan, those at one site, or, at the site of a network, as a part of it. */
export const EXCLUSION_SCOPES = ['global', 'site', 'network'] as const;
export type ExclusionScope = (typeof EXCLUSION_SCOPES)[number];

/** Who keeps an address from a scan: the scan itself, or a stored exclusion. */
export const EXCLUSION_LEVELS = ['scan', ...EXCLUSION_SCOPES] as const;
export type ExclusionLevel = (typeof EXCLUSION_LEVELS)[number];

/** Where an exclusion holds; a network has its site. */
export interface ExclusionPlace {
  readonly site: string | null;
  readonly network: string | null;
}

/** Ends the sentence "… is excluded". */
export function exclusionPlaceText({ site, network }: ExclusionPlace): string {
  if (network !== null) return `in network ${quote(network)} of site ${quote(site ?? '')}`;
  return site === null ? 'everywhere' : `at site ${quote(site)}`;
}
