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

/** Those that nmap does: it alone tells versions, systems and what its scripts find. */
export const NMAP_SCAN_TYPES = [
  'version',
  'aggressive',
  'comprehensive',
] as const satisfies readonly ScanType[];
export type NmapScanType = (typeof NMAP_SCAN_TYPES)[number];

/**
 * What a stored scan may have been. `discovery` looks for hosts and asks no port (ADR 20); `import` came as a report of
 * another program. Neither is asked for as a scan.
 */
export const STORED_SCAN_TYPES = [...SCAN_TYPES, 'discovery', 'import'] as const;
export type StoredScanType = (typeof STORED_SCAN_TYPES)[number];

/** What did the asking in the end; stored on the scan. `sweep` looks for hosts; `import` asked nothing itself. */
export const ENGINES = ['connect', 'syn', 'udp', 'ack', 'nmap', 'discovery', 'import'] as const;
export type EngineName = (typeof ENGINES)[number];
