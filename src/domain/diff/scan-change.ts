/**
 * What may differ between two scans. `host_not_seen` is no verdict on the host: the later scan asked where it had
 * answered before, and heard nothing. `port_opened` is from closed or filtered to open, `port_closed` from open to closed:
 * that something answered. Every other difference of two states is `port_changed`, from open to filtered too: the port may
 * be open to everybody else (ADR 23).
 */
export const SCAN_CHANGE_KINDS = [
  'host_new',
  'host_not_seen',
  'mac_changed',
  'name_changed',
  'port_opened',
  'port_closed',
  'port_changed',
  'service_changed',
  'ssh_host_key_changed',
  'certificate_changed',
] as const;
export type ScanChangeKind = (typeof SCAN_CHANGE_KINDS)[number];

/** Which scans have another beside them without anybody's choice. */
export const comparedOfItself = (kind: 'scan' | 'run'): string =>
  `Of itself a ${kind} is compared when it completes, with a complete one that asked the same or some of it.`;

/** How many of each kind; ports and services one by one. */
export interface ScanChangeCounts {
  readonly hostsNew: number;
  readonly hostsNotSeen: number;
  /** Hardware addresses, names, SSH host keys and certificates; null where it was not counted. */
  readonly hostsChanged: number | null;
  readonly portsOpened: number;
  readonly portsClosed: number;
  readonly portsChanged: number;
  readonly servicesChanged: number;
}
