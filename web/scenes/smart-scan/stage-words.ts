import type { SmartScanView } from '#contract/smart-scan.js';
import type { SmartScanStage } from '#domain/smart-scan.js';
import { countOf, formatCount } from '../../format/number.ts';

export const STAGE_TITLES: Readonly<Record<SmartScanStage, string>> = {
  refresh: 'Look again',
  port_expansion: 'Find open ports',
  service_scan: 'Name services',
  os_detection: 'Tell operating systems',
  identity: 'Find names',
};

/** `12 hosts × 1,000 ports, 3 hosts × 2 ports`. */
export function scansText(scans: readonly SmartScanView[]): string {
  return scans
    .map(({ hosts, ports }) =>
      ports === null ? countOf(hosts, 'host') : `${formatCount(hosts)} × ${countOf(ports, 'port')}`,
    )
    .join(', ');
}
