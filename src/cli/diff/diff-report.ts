import type { KnownChange, KnownChangeKind } from '#cli/diff/host-changes.js';
import { placed } from '#cli/output/site-suffix.js';
import { type Cell, type Row, renderTable } from '#cli/output/table.js';
import { type Paint, printable } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import type { ReportDiff, ScanDiff } from '#contract/scans/diff.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { counted, grouped } from '#domain/text/count-text.js';

type Mark = '+' | '-' | '~';
const MARKS: Readonly<Record<KnownChangeKind, Mark>> = {
  host_new: '+',
  host_not_seen: '-',
  host_changed: '~',
  mac_changed: '~',
  name_changed: '~',
  port_opened: '+',
  port_closed: '-',
  port_changed: '~',
  service_changed: '~',
  ssh_host_key_changed: '~',
  certificate_changed: '~',
};
const MARK_PAINTS: Readonly<Record<Mark, Paint>> = { '+': 'green', '-': 'red', '~': 'yellow' };

/** Which two scans. */
export function diffHeading({ base, scan }: ScanDiff): string {
  return `From scan ${base.id} (${whenText(base)})\nto   scan ${scan.id} (${whenText(scan)})\n\n`;
}

function whenText({ completed_at, complete }: ScanDiff['scan']): string {
  const when = completed_at === null ? 'not ended' : localTime(completed_at);
  return complete ? when : `${when}, not complete: a missing response proves nothing`;
}

/** A line for each change: mark, address, what, from what to what. */
export function changeBlock(changes: readonly KnownChange[], color: boolean): string {
  return renderTable(changes.map(changeRow), { color });
}

function changeRow(change: KnownChange): Row {
  const mark = MARKS[change.kind];
  const cell: Cell = { text: mark, paint: MARK_PAINTS[mark] };
  return [cell, placed(change.ip, change.site ?? DEFAULT_SITE), subjectOf(change), detailOf(change)];
}

function subjectOf({ kind, protocol, ports, known }: KnownChange): string {
  if (kind === 'host_new') return known === undefined ? 'new host' : 'seen again';
  if (kind === 'host_not_seen') return 'not seen any more';
  if (kind === 'host_changed') return 'host';
  if (kind === 'mac_changed') return 'hardware address';
  if (kind === 'name_changed') return 'name';
  return `${ports ?? '?'}/${protocol ?? '?'}`;
}

function detailOf({ kind, count, old, new: now, known }: KnownChange): string {
  if (kind === 'host_new' || kind === 'host_not_seen') {
    const open = count === 0 ? [] : [counted(count, 'open port')];
    return [...open, ...(known === undefined ? [] : [knownText(known)])].join(', ');
  }
  // A list of hosts tells of ports that are open, and of no others how they are.
  const none = kind === 'port_opened' || kind === 'port_closed' ? 'not open' : '-';
  const change = `${old ?? none} → ${now ?? none}`;
  if (kind === 'service_changed') return `service ${change}`;
  if (kind === 'ssh_host_key_changed') return `SSH host key changed: ${change}`;
  return kind === 'certificate_changed' ? `TLS certificate changed: ${change}` : change;
}

/** Since when it had not been seen, or else since when it is known. */
function knownText({ first_seen, status, since }: NonNullable<KnownChange['known']>): string {
  const isAway = status === 'down' || status === 'gone';
  return isAway ? `${status} since ${localTime(since)}` : `known since ${localTime(first_seen)}`;
}

export function isDifferent({ counts }: { readonly counts: ScanDiff['counts'] }): boolean {
  return Object.values(counts).some((count) => count !== null && count > 0);
}

/** Which two instants; null is now. */
export function timeHeading(before: string | null, after: string | null): string {
  return `From ${timeText(before)}\nto   ${timeText(after)}\n\n`;
}

function timeText(time: string | null): string {
  return time === null ? 'now' : localTime(time);
}

/** Which two reports. */
export function fileHeading(before: string, after: string): string {
  return `From ${printable(before)}\nto   ${printable(after)}\n\n`;
}

export function fileSummary(
  { counts, not_comparable: alone }: ReportDiff,
  { before, after }: { readonly before: string; readonly after: string },
): string {
  const summary = countsSummary(counts, 'Nothing changed in what both reports contain.');
  return `${summary}${aloneText(printable(before), alone.base)}${aloneText(printable(after), alone.scan)}`;
}

/** A discovery run asks no ports. */
function nameOf({ id }: { readonly id: string }, { ports }: ScanDiff['not_comparable']['base']): string {
  return `${ports === 0 ? 'run' : 'scan'} ${id}`;
}

/** How much changed, and what could not be compared. */
export function diffSummary(diff: ScanDiff): string {
  const summary = isDifferent(diff)
    ? `\n${scanCountsText(diff)}.\n`
    : 'Nothing changed in what both scans probed.\n';
  return `${summary}${unreportedText(diff)}${notComparableText(diff)}`;
}

/** What only one of the two asked, or saw where the other did not ask. */
export function notComparableText({ base, scan, not_comparable: alone }: ScanDiff): string {
  return `${aloneText(nameOf(base, alone.base), alone.base)}${aloneText(nameOf(scan, alone.scan), alone.scan)}`;
}

/** Where nobody can tell any more who is new and who is seen again. */
export function unreportedText({ counts, hosts_back }: ScanDiff): string {
  if (hosts_back !== undefined || counts.hosts_new === 0) return '';
  return 'Whether new hosts were known before is unknown: history of that time was removed.\n';
}

/** What a diff of two scans counts as changed of a host: all of these together, so that no plural says that each of them did. */
const factsOfScans = (count: number) =>
  count === 1
    ? '1 address, name, key or certificate changed'
    : `${grouped(count)} addresses, names, keys or certificates changed`;

export function countsSummary(
  counts: ScanDiff['counts'],
  nothing: string,
  changedText: (count: number) => string = factsOfScans,
): string {
  return isDifferent({ counts }) ? `\n${countsText(counts, changedText)}.\n` : `${nothing}\n`;
}

/** The counts of two scans, with who is new apart from who is back. */
export function scanCountsText({
  counts,
  hosts_back: back = 0,
}: Pick<ScanDiff, 'counts' | 'hosts_back'>): string {
  const rest = countsText({ ...counts, hosts_new: counts.hosts_new - back });
  const again = back === 0 ? [] : [`${counted(back, 'host')} seen again`];
  return [...again, ...(rest === '' ? [] : [rest])].join(', ');
}

/** The counts that are not 0, in words. */
export function countsText(
  counts: ScanDiff['counts'],
  changedText: (count: number) => string = factsOfScans,
): string {
  const changed = counts.hosts_changed ?? 0;
  const parts = [
    [counts.hosts_new, counted(counts.hosts_new, 'new host')],
    [counts.hosts_not_seen, `${counted(counts.hosts_not_seen, 'host')} not seen any more`],
    [changed, changedText(changed)],
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

/** What only one of the two asked or saw; nothing when there is nothing of it. */
function aloneText(which: string, { addresses, ports, hosts }: ScanDiff['not_comparable']['base']): string {
  if (ports === 0 && hosts === 0 && addresses === 0) return '';
  const noun = addresses === 1 ? 'address' : 'addresses';
  const full = addresses === 0 ? '' : `, among them all of ${grouped(addresses)} ${noun}`;
  const seen = hosts === 0 ? '' : `; ${counted(hosts, 'host')} seen by it alone`;
  if (ports === 0) return `Not comparable: ${grouped(addresses)} ${noun} that only ${which} probed${seen}.\n`;
  return `Not comparable: ${counted(ports, 'port')} that only ${which} probed${full}${seen}.\n`;
}
