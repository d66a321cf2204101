import type { Scan } from '#contract/scan.js';
import { formatCount } from './number.ts';

/** How a scan is called when nobody named it: its first target and how many more there are. */
export function scanTitle(scan: Pick<Scan, 'name' | 'targets'>): string {
  return scan.name ?? targetsSummary(scan.targets);
}

export function targetsSummary(targets: readonly string[], shown = 1): string {
  const rest = targets.length - shown;
  const head = targets.slice(0, shown).join(', ');
  return rest > 0 ? `${head} and ${formatCount(rest)} more` : head;
}

const PORTS_SHOWN_CHARACTERS = 48;

/** `ports 22,80`, `top 1,000 ports`; a long list is cut, its whole belongs in a title. */
export function portsSummary(ports: string): string {
  const top = /^top-(\d+)$/.exec(ports);
  if (top?.[1] !== undefined) return `top ${formatCount(top[1])} ports`;
  const word = /^\d+$/.test(ports) ? 'port' : 'ports';
  return `${word} ${ports.length > PORTS_SHOWN_CHARACTERS ? `${ports.slice(0, PORTS_SHOWN_CHARACTERS)}…` : ports}`;
}
