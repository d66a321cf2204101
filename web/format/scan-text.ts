import type { Scan } from '#contract/scan.js';
import { countPorts } from '#domain/port-text.js';
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
