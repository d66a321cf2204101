/** How a scan asks: what a person chooses (`auto` picks the best this machine can do). */
export const SCAN_TYPES = ['auto', 'connect'] as const;
export type ScanType = (typeof SCAN_TYPES)[number];

/** What did the asking in the end; stored on the scan. */
export const ENGINES = ['connect'] as const;
export type EngineName = (typeof ENGINES)[number];
