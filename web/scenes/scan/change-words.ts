import type { ChangeCounts, ScanChange } from '#contract/scan-diff.js';
import type { ScanChangeKind } from '#domain/scan-change.js';
import { countOf } from '../../format/number.ts';

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
export function changeWords({ kind, protocol, ports, count, old, new: now }: ScanChange): string {
  const openPorts = countOf(count, 'open port');
  if (kind === 'host_new') return count === 0 ? 'new host' : `new host, ${openPorts}`;
  if (kind === 'host_not_seen') return `not seen any more${count === 0 ? '' : `, before with ${openPorts}`}`;
  if (kind === 'mac_changed') return `hardware address: ${old ?? '–'} → ${now ?? '–'}`;
  if (kind === 'name_changed') return `name: ${old ?? '–'} → ${now ?? '–'}`;
  return `${ports ?? '?'}/${protocol ?? '?'}${OF_PORT[kind] ?? ''}: ${old ?? '–'} → ${now ?? '–'}`;
}

/** The counts that are not 0, in words. */
export function countWords(counts: ChangeCounts): string {
  const changed = counts.hosts_changed ?? 0;
  const words = [
    [counts.hosts_new, countOf(counts.hosts_new, 'new host')],
    [counts.hosts_not_seen, `${countOf(counts.hosts_not_seen, 'host')} not seen any more`],
    [
      changed,
      `${countOf(changed, 'address, name, key or certificate', 'addresses, names, keys and certificates')} changed`,
    ],
    [counts.ports_opened, `${countOf(counts.ports_opened, 'port')} opened`],
    [counts.ports_closed, `${countOf(counts.ports_closed, 'port')} closed`],
    [counts.ports_changed, `${countOf(counts.ports_changed, 'port')} changed otherwise`],
    [counts.services_changed, `${countOf(counts.services_changed, 'service')} changed`],
  ] as const;
  const said = words.filter(([count]) => count > 0).map(([, text]) => text);
  return said.length === 0 ? 'Nothing changed in what both scans asked' : said.join(', ');
}
