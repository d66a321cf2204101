import type { ChangeCounts, ScanChange, ScanDiff } from '#contract/scans/diff.js';
import type { ScanChangeKind } from '#domain/diff/scan-change.js';
import { formatLocal } from '../../format/instant.ts';
import { countOf, formatCount } from '../../format/number.ts';

export type ChangeMark = '+' | '−' | '~';

const MARKS: Readonly<Record<ScanChangeKind, ChangeMark>> = {
  host_new: '+',
  host_not_seen: '−',
  mac_changed: '~',
  name_changed: '~',
  port_opened: '+',
  port_closed: '−',
  port_changed: '~',
  service_changed: '~',
  ssh_host_key_changed: '~',
  certificate_changed: '~',
};

const OF_PORT: Readonly<Partial<Record<ScanChangeKind, string>>> = {
  service_changed: ' service',
  ssh_host_key_changed: ' SSH host key',
  certificate_changed: ' TLS certificate',
};

export function markOf({ kind }: ScanChange): ChangeMark {
  return MARKS[kind];
}

/** What changed, without the address: `22/tcp: filtered → open`. */
export function changeText(change: ScanChange): string {
  const { kind, protocol, ports, count, old, new: now } = change;
  const openPorts = countOf(count, 'open port');
  if (kind === 'host_new') return `${newTexts(change)}${count === 0 ? '' : `, ${openPorts}`}`;
  if (kind === 'host_not_seen') return `not seen any more${count === 0 ? '' : `, before with ${openPorts}`}`;
  if (kind === 'mac_changed') return `hardware address: ${old ?? '–'} → ${now ?? '–'}`;
  if (kind === 'name_changed') return `name: ${old ?? '–'} → ${now ?? '–'}`;
  return `${ports ?? '?'}/${protocol ?? '?'}${OF_PORT[kind] ?? ''}: ${old ?? '–'} → ${now ?? '–'}`;
}

/** With since when it had not been seen, where that is known. */
function newTexts({ known }: ScanChange): string {
  if (known === undefined) return 'new host';
  const isAway = known.status === 'down' || known.status === 'gone';
  return isAway
    ? `seen again, ${known.status} since ${formatLocal(known.since)}`
    : `seen again, known since ${formatLocal(known.first_seen)}`;
}

/** The counts that are not 0, in words. `back`: how many of the new hosts are seen again. */
export function countTexts(counts: ChangeCounts, back = 0): string {
  const changed = counts.hosts_changed ?? 0;
  const texts = [
    [counts.hosts_new - back, countOf(counts.hosts_new - back, 'new host')],
    [back, `${countOf(back, 'host')} seen again`],
    [counts.hosts_not_seen, `${countOf(counts.hosts_not_seen, 'host')} not seen any more`],
    [
      changed,
      `${countOf(changed, 'address, name, key or certificate', 'addresses, names, keys or certificates')} changed`,
    ],
    [counts.ports_opened, `${countOf(counts.ports_opened, 'port')} opened`],
    [counts.ports_closed, `${countOf(counts.ports_closed, 'port')} closed`],
    [counts.ports_changed, `${countOf(counts.ports_changed, 'port')} changed otherwise`],
    [counts.services_changed, `${countOf(counts.services_changed, 'service')} changed`],
  ] as const;
  const given = texts.filter(([count]) => count > 0).map(([, text]) => text);
  return given.length === 0 ? 'Nothing changed in what both scans probed' : given.join(', ');
}

/** What only one of two scans asked: addresses, or ports of those that both did. At least one of the counts is not 0. */
export function notComparedText(
  { earlier, own }: { readonly earlier: number; readonly own: number },
  [one, many]: readonly [string, string],
): string {
  const head = `Not compared: ${countOf(earlier === 0 ? own : earlier, one, many)} that only`;
  if (earlier === 0) return `${head} this scan probed.`;
  return own === 0
    ? `${head} the earlier scan probed.`
    : `${head} the earlier scan probed, ${formatCount(own)} that only this one did.`;
}

/** Whether nobody can tell any more which new hosts are seen again. */
export function isUnreported({ counts, hosts_back }: Pick<ScanDiff, 'counts' | 'hosts_back'>): boolean {
  return hosts_back === undefined && counts.hosts_new > 0;
}
