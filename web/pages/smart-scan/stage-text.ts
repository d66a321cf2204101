import type { SmartScanView } from '#contract/schedules/smart-scan.js';
import type { SmartScanStage } from '#domain/smart-scan/smart-scan.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { countOf, formatCount } from '../../format/number.ts';

export const STAGE_TITLES: Readonly<Record<SmartScanStage, string>> = {
  refresh: 'Look again',
  port_expansion: 'Find open ports',
  service_scan: 'Name services',
  os_detection: 'Tell operating systems',
  identity: 'Find names',
};

/** `12 × 1,000 ports, 3 × 2 ports at branch`: the site where it is not the one that there always is. */
export function scansText(scans: readonly SmartScanView[]): string {
  return scans
    .map(({ site, hosts, ports }) => {
      const place = site === DEFAULT_SITE ? '' : ` at ${site}`;
      return ports === null
        ? `${countOf(hosts, 'host')}${place}`
        : `${formatCount(hosts)} × ${countOf(ports, 'port')}${place}`;
    })
    .join(', ');
}
