import type { Scan } from '#contract/scans/scan.js';
import { countPorts } from '#domain/ports/port-text.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { countOf, formatCount } from './number.ts';

/** How a scan is called when nobody named it: its first target and how many more there are. */
export function scanTitle(scan: Pick<Scan, 'name' | 'targets'>): string {
  return scan.name ?? targetsSummary(scan.targets);
}

export function targetsSummary(targets: readonly string[], shown = 1): string {
  const rest = targets.length - shown;
  const head = targets.slice(0, shown).join(', ');
  return rest > 0 ? `${head} and ${formatCount(rest)} more` : head;
}

/** ` · site branch`, and nothing at the site that there always is. */
export function siteSummary(site: string): string {
  return site === DEFAULT_SITE ? '' : ` · site ${site}`;
}

/** What the picture of open ports is of: `Open on 1 of 6 hosts`, and `of this page` where there are more. */
export function openOnText(hosts: { open: number; shown: number }, isOnePageOfMore: boolean): string {
  const shown = countOf(hosts.shown, 'host');
  const some =
    hosts.open === hosts.shown || hosts.open === 0 ? shown : `${formatCount(hosts.open)} of ${shown}`;
  return `Open on ${some}${isOnePageOfMore ? ' of this page' : ''}`;
}

const PORTS_SHOWN_CHARACTERS = 32;

/** Whether a list of ports is short enough to be read at a glance. */
export function isShortList(ports: string): boolean {
  return ports.length <= PORTS_SHOWN_CHARACTERS;
}

/** `ports 22,80`, and `1,000 ports` for a list too long to read at a glance. */
export function portsSummary(ports: string): string {
  if (isShortList(ports)) return `${/^\d+$/.test(ports) ? 'port' : 'ports'} ${ports.replaceAll(',', ', ')}`;
  const count = countPorts(ports);
  return count === undefined ? `ports ${ports.slice(0, PORTS_SHOWN_CHARACTERS)}…` : countOf(count, 'port');
}
