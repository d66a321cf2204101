import type { ChangeCounts } from '#contract/scans/diff.js';
import type { ScanChangeCounts } from '#domain/diff/scan-change.js';

export function presentCounts(counts: ScanChangeCounts): ChangeCounts {
  return {
    hosts_new: counts.hostsNew,
    hosts_not_seen: counts.hostsNotSeen,
    hosts_changed: counts.hostsChanged,
    ports_opened: counts.portsOpened,
    ports_closed: counts.portsClosed,
    ports_changed: counts.portsChanged,
    services_changed: counts.servicesChanged,
  };
}
