import { type Cell, type Row, renderTable } from '#cli/output/table.js';
import { counted, grouped, type Paint } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import type { ScanChange, ScanDiff } from '#contract/scan-diff.js';
import type { ScanChangeKind } from '#domain/scan-change.js';

type Mark = '+' | '-' | '~';
const MARKS: Readonly<Record<ScanChangeKind, Mark>> = {
  host_new: '+',
  host_not_seen: '-',
  mac_changed: '~',
  name_changed: '~',
  port_opened: '+',
  port_closed: '-',
  port_changed: '~',
  service_changed: '~',
};
const MARK_PAINTS: Readonly<Record<Mark, Paint>> = { '+': 'green', '-': 'red', '~': 'yellow' };

/** Which two scans. */
export function diffHeading({ base, scan }: ScanDiff): string {
  return `From scan ${base.id} (${whenText(base)})\nto   scan ${scan.id} (${whenText(scan)})\n\n`;
}

function whenText({ completed_at, complete }: ScanDiff['scan']): string {
  const when = completed_at === null ? 'not ended' : localTime(completed_at);
  return complete ? when : `${when}, not complete: its silence says nothing`;
}

/** A line for each change: mark, address, what, from what to what. */
export function changeBlock(changes: readonly ScanChange[], colour: boolean): string {
  return renderTable(changes.map(changeRow), { colour });
}

function changeRow(change: ScanChange): Row {
  const mark = MARKS[change.kind];
  const cell: Cell = { text: mark, paint: MARK_PAINTS[mark] };
  return [cell, change.ip, subjectOf(change), detailOf(change)];
}

function subjectOf({ kind, protocol, ports }: ScanChange): string {
  if (kind === 'host_new') return 'new host';
  if (kind === 'host_not_seen') return 'not seen any more';
  if (kind === 'mac_changed') return 'hardware address';
  if (kind === 'name_changed') return 'name';
  return `${ports ?? '?'}/${protocol ?? '?'}`;
}

function detailOf({ kind, count, old, new: now }: ScanChange): string {
  if (kind === 'host_new' || kind === 'host_not_seen') return count === 0 ? '' : counted(count, 'open port');
  const change = `${old ?? '-'} → ${now ?? '-'}`;
  return kind === 'service_changed' ? `service ${change}` : change;
}

export function isDifferent({ counts }: ScanDiff): boolean {
  return Object.values(counts).some((count) => count !== null && count > 0);
}

/** How much changed, and what could not be compared. */
export function diffSummary(diff: ScanDiff): string {
  const { counts, base, scan, not_comparable: alone } = diff;
  const summary = isDifferent(diff)
    ? `\n${countsText(counts)}.\n`
    : 'Nothing changed in what both scans asked.\n';
  return `${summary}${aloneText(base.id, alone.base)}${aloneText(scan.id, alone.scan)}`;
}

/** The counts that are not 0, in words. */
export function countsText(counts: ScanDiff['counts']): string {
  const changed = counts.hosts_changed ?? 0;
  const parts = [
    [counts.hosts_new, counted(counts.hosts_new, 'new host')],
    [counts.hosts_not_seen, `${counted(counts.hosts_not_seen, 'host')} not seen any more`],
    [changed, `${grouped(changed)} of hardware addresses and names changed`],
    [counts.ports_opened, `${counted(counts.ports_opened, 'port')} opened`],
    [counts.ports_closed, `${counted(counts.ports_closed, 'port')} closed`],
    [counts.ports_changed, `${counted(counts.ports_changed, 'port')} changed otherwise`],
    [counts.services_changed, `${counted(counts.services_changed, 'service')} changed`],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([, text]) => text)
    .join(', ');
}

/** What only one of the scans asked or saw; nothing when there is nothing of it. */
function aloneText(id: string, { addresses, ports, hosts }: ScanDiff['not_comparable']['base']): string {
  if (ports === 0 && hosts === 0 && addresses === 0) return '';
  const noun = addresses === 1 ? 'address' : 'addresses';
  const whole = addresses === 0 ? '' : `, among them all of ${grouped(addresses)} ${noun}`;
  const seen = hosts === 0 ? '' : `; ${counted(hosts, 'host')} seen by it alone`;
  // A discovery run asks no ports.
  if (ports === 0) return `Not comparable: ${grouped(addresses)} ${noun} that only run ${id} asked${seen}.\n`;
  return `Not comparable: ${counted(ports, 'port')} that only scan ${id} asked${whole}${seen}.\n`;
}
