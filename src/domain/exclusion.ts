/** For whom an exclusion holds: every scan, those at one site, or, at the site of a network, as a part of it. */
export const EXCLUSION_SCOPES = ['global', 'site', 'network'] as const;
export type ExclusionScope = (typeof EXCLUSION_SCOPES)[number];
