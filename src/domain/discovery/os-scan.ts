/**
 * What became of a discovery's wish to have the systems of the hosts it finds told: it waits for its end; the scan was
 * started; nobody was found; or the scan was refused, for the reason that the discovery's note gives.
 */
export const OS_SCAN_STATES = ['requested', 'started', 'no_hosts', 'refused'] as const;
export type OsScanState = (typeof OS_SCAN_STATES)[number];
