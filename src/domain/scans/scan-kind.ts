/** What a list of scans may hold. */
export const SCAN_KINDS = ['ports', 'discovery', 'all'] as const;
