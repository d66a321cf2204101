/** How a scan asks: what a person chooses (`auto` picks the best this machine can do). */
export const SCAN_TYPES = [
  'auto',
  'connect',
  'syn',
  'udp',
  'ack',
  'version',
  'aggressive',
  'comprehensive',
] as const;
export type ScanType = (typeof SCAN_TYPES)[number];

/**
 * What a stored scan may have been. `discovery` looks for hosts and asks no port (ADR 18); `import` came as a report of
 * another program. Neither is asked for as a scan.
 */
export const STORED_SCAN_TYPES = [...SCAN_TYPES, 'discovery', 'import'] as const;
export type StoredScanType = (typeof STORED_SCAN_TYPES)[number];

/** What did the asking in the end; stored on the scan. `sweep` looks for hosts; `import` asked nothing itself. */
export const ENGINES = ['connect', 'syn', 'udp', 'ack', 'nmap', 'sweep', 'import'] as const;
export type EngineName = (typeof ENGINES)[number];
