import type { Sink } from '#cli/io.js';
import { csvLine } from '#cli/output/csv.js';
import { deletionText } from '#cli/output/deletion.js';
import { writeDocumentWithList } from '#cli/output/json.js';
import { evidenceTables } from '#cli/output/port-evidence.js';
import { portSummary } from '#cli/output/port-list.js';
import { probingFacts, usedProfileText } from '#cli/output/setting-facts.js';
import { type Cell, type Row, renderFacts, renderTable } from '#cli/output/table.js';
import { counted, grouped, type Paint, paint, printable } from '#cli/output/text.js';
import { durationBetween, localTime } from '#cli/output/time.js';
import type { Scan, ScanHost } from '#contract/scan.js';
import type { OsScanState } from '#domain/os-scan.js';
import type { PortState } from '#domain/port-state.js';
import { countPorts } from '#domain/port-text.js';
import { REMOVED_TEXTS } from '#domain/retention.js';
import { isSettled, type ScanStatus } from '#domain/scan-status.js';
import { portServiceText, serviceNameText } from '#domain/service-text.js';

export const SCAN_OUTPUTS = ['table', 'json', 'csv'] as const;
export type ScanOutput = (typeof SCAN_OUTPUTS)[number];

type HostPages = AsyncIterable<readonly ScanHost[]>;

/** Writes one scan with what it saw, in the form asked for. */
export const SCAN_WRITERS: Readonly<
  Record<ScanOutput, (sink: Sink, scan: Scan, hosts: HostPages) => Promise<void>>
> = {
  table: writeScanTable,
  json: (sink, scan, hosts) =>
    writeDocumentWithList(sink, scanDocument(scan), { name: 'hosts', pages: mapped(hosts, hostDocument) }),
  csv: writeScanCsv,
};

/** A scan without its hosts, as JSON shows it: the members that scripts rely on first. */
export function scanDocument(scan: Scan): Readonly<Record<string, unknown>> {
  const { id, status, targets, engine, started_at, completed_at, probes, ...rest } = scan;
  return { id, status, targets, engine, started_at, completed_at, probes, ...rest };
}

/** A host as a scan saw it, as JSON shows it. */
export function hostDocument(host: ScanHost): unknown {
  const { ip, status, reason, hostname, host_id, os, ports, other_ports, ssh_servers, certificates } = host;
  const told = os === undefined ? {} : { os };
  return { ip, status, reason, hostname, host_id, ...told, ports, other_ports, ssh_servers, certificates };
}

async function* mapped<Item>(pages: AsyncIterable<readonly Item[]>, change: (item: Item) => unknown) {
  for await (const page of pages) yield page.map(change);
}

const STATUS_PAINTS: Readonly<Record<ScanStatus, Paint>> = {
  pending: 'dim',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
};
export function statusCell(scan: Scan): Cell {
  const text = scan.partial ? `${scan.status} (partial)` : scan.status;
  return { text, paint: scan.partial ? 'yellow' : STATUS_PAINTS[scan.status] };
}

/** As wide as the widest name of a fact with the gap behind it. */
const FACT_NAME_CELLS = 'Excluded  '.length;
/** Remarks of the table; a network behind one firewall may have hundreds. */
const REMARKS_SHOWN = 20;

export function scanFacts(scan: Scan, { colour, columns }: Sink): string {
  return renderFacts(
    [
      ['Scan', scan.id],
      ...(scan.name === null ? [] : [['Name', scan.name] as const]),
      ['Status', `${statusCell(scan).text}, ${scan.progress.percent.toFixed(1)}% done`],
      ...(scan.waiting_reason === null ? [] : [['Waits', scan.waiting_reason] as const]),
      ['Targets', scan.targets.join(' ')],
      ...(scan.exclude.length === 0 ? [] : [['Excluded', scan.exclude.join(' ')] as const]),
      ...(scan.methods === null
        ? [['Ports', scan.ports === '' ? '-' : portSummary(scan.ports, columns - FACT_NAME_CELLS)] as const]
        : [['Methods', scan.methods.join(', ')] as const]),
      ...(scan.resolver === null ? [] : [['Resolver', scan.resolver] as const]),
      ...(scan.profile === null ? [] : [['Profile', usedProfileText(scan.profile)] as const]),
      ...(scan.tags.length === 0 ? [] : [['Tags', tagsText(scan.tags)] as const]),
      ...(scan.schedule === null ? [] : [['Schedule', scan.schedule.name] as const]),
      ['Type', scan.scan_type],
      ['Engine', scan.live_hosts ? `${scan.engine}, live hosts alone` : scan.engine],
      ...(scan.engine_note === null ? [] : [['', scan.engine_note] as const]),
      ...probingFacts(scan),
      ['Site', scan.outside_scope ? `${scan.site}, outside its scope` : scan.site],
      ...(scan.os_scan === null ? [] : [['Systems', osScanText(scan.os_scan)] as const]),
      ...(scan.found_by === null ? [] : [['Found by', `discovery ${scan.found_by}`] as const]),
      ...(scan.network === null ? [] : [['Network', scan.network] as const]),
      ['Created', localTime(scan.created_at)],
      ['Started', localTime(scan.started_at)],
      ['Ended', localTime(scan.completed_at)],
      ...(scan.partial_reason === null ? [] : [['Partial', scan.partial_reason] as const]),
      ...(scan.deleted_at === null
        ? []
        : [['Deleted', deletionText(scan.deleted_at, scan.deleted_by)] as const]),
      ...(scan.removed.length === 0 ? [] : [['Removed', removedText(scan)] as const]),
      ...(scan.error === null ? [] : [['Error', `${scan.error.message} [${scan.error.code}]`] as const]),
    ],
    colour,
  );
}

export function tagsText(tags: Scan['tags']): string {
  return tags.length === 0 ? '-' : tags.map(({ name }) => name).join(', ');
}

const OS_SCAN_TEXTS: Readonly<Record<OsScanState, string>> = {
  wanted: 'to be told by a scan of the hosts found',
  started: 'told by a scan that was purged since',
  nobody: 'none: no host was found',
  refused: 'not told',
};

/** What becomes of the systems of the hosts that a discovery found. */
function osScanText({ state, scan_id: id }: NonNullable<Scan['os_scan']>): string {
  return id === null ? OS_SCAN_TEXTS[state] : `told by scan ${id}`;
}

/** What it stored and is there no more. */
function removedText({ removed }: Scan): string {
  return removed.map((cause) => REMOVED_TEXTS[cause]).join('; ');
}

async function writeScanTable(sink: Sink, scan: Scan, hosts: HostPages): Promise<void> {
  for await (const page of hosts) {
    if (page.length > 0) await sink.write(hostBlocks(page, sink.colour));
  }
  await sink.write(`${[...remarkLines(scan), scanSummary(scan)].join('\n')}\n`);
}

/** What is to be known when the results are read, a line each. */
export function remarkLines({ remarks = [] }: Scan): string[] {
  const shown = remarks.slice(0, REMARKS_SHOWN).map(({ message }) => printable(message));
  const more = remarks.length - shown.length;
  return more === 0 ? shown : [...shown, `And ${grouped(more)} remarks more; --json has them all.`];
}

/** One sentence on how it went. */
export function scanSummary(scan: Scan): string {
  const span = durationBetween(scan.started_at, scan.completed_at);
  const took = span === '-' ? '' : ` ${scan.status === 'completed' ? 'in' : 'after'} ${span}`;
  const partial = scan.partial ? ' (partial)' : '';
  const found = `${counted(scan.hosts_up, 'host')} up${silentText(scan)}, ${counted(scan.open_ports, 'open port')}`;
  return `Scan ${scan.id} ${scan.status}${partial}${took}: ${found}, ${askedText(scan)}.${skippedText(scan)}`;
}

/** Of a scan that asked every address all of its ports: how many were asked and showed no sign of life. */
function silentText({ status, scan_type, live_hosts, ports, progress, hosts_up }: Scan): string {
  const each = countPorts(ports) ?? 0;
  const asked = (progress.settled - progress.skipped) / each;
  if (status !== 'completed' || scan_type === 'import' || live_hosts || !Number.isInteger(asked)) return '';
  const silent = asked - hosts_up;
  if (silent <= 0) return '';
  return `, ${grouped(silent)} ${silent === 1 ? 'address' : 'addresses'} without a sign of life`;
}

/** An import asked nothing: probes it did not send are no zero. */
function askedText(scan: Scan): string {
  const { scan_type, engine, probes } = scan;
  if (scan_type === 'import') return 'all from an imported report';
  // nmap does not tell how many packets it sent.
  if (engine === 'nmap')
    return `${counted(probes.sent, 'port')} asked by nmap, ${grouped(probes.answered)} answered`;
  return `${sentText(scan, 'probe')}, ${grouped(probes.answered)} answered`;
}

/** Whether it ended before all of its plan was done, so that what was sent for the rest is in no count. */
export function isCutShort({ status, progress }: Scan): boolean {
  return isSettled(status) && progress.settled < progress.positions;
}

/** What was sent: no less than is counted, where it ended with questions that nothing had come of yet. */
export function sentText(scan: Scan, noun: 'probe' | 'packet'): string {
  // Nothing is counted of one that was stopped before its first addresses were done.
  if (isCutShort(scan) && scan.probes.sent === 0) return `${noun}s sent not counted`;
  return `${isCutShort(scan) ? 'at least ' : ''}${counted(scan.probes.sent, noun)} sent`;
}

/** What came of the plan of a scan that was cut short. */
export function unfinishedText({ progress }: Pick<Scan, 'progress'>, noun: 'probe' | 'address'): string {
  const planned =
    noun === 'probe' ? counted(progress.positions, noun) : `${grouped(progress.positions)} addresses`;
  const done = progress.settled === 1 ? '1 is done' : `${grouped(progress.settled)} are done`;
  return `of ${planned} planned, ${done}, and what was sent to the others is not counted`;
}

function skippedText(scan: Scan): string {
  const { progress } = scan;
  const rest = isCutShort(scan) ? ` It did not finish: ${unfinishedText(scan, 'probe')}.` : '';
  if (progress.skipped === 0) return rest;
  const [skipped, settled] = [grouped(progress.skipped), counted(progress.settled, 'probe')];
  const were = progress.skipped === 1 ? 'was' : 'were';
  const of = isCutShort(scan) ? `${settled} that are done` : `${settled} planned`;
  return `${rest} Of ${of}, ${skipped} ${were} not sent: ${skipReason(scan)}.`;
}

/** Why; which of the reasons it was is not kept for each address. */
function skipReason({ live_hosts, partial, exclude, remarks = [] }: Scan): string {
  const isExcluded = exclude.length > 0 || remarks.some(({ kind }) => kind === 'excluded');
  if (live_hosts) return `the address showed no sign of life${isExcluded ? ', or is excluded' : ''}`;
  if (!partial) return 'the address is excluded';
  return `the address ${isExcluded ? 'is excluded, or ' : ''}could not be asked to the end`;
}

/** A heading and an indented table for every host, the columns of all hosts aligned. */
function hostBlocks(hosts: readonly ScanHost[], colour: boolean): string {
  const rows = hosts.map((host) => [...host.ports.map(portRow), ...host.other_ports.map(countRow)]);
  const lines = renderTable(rows.flat(), { colour, indent: 2 }).split('\n');
  let next = 0;
  return hosts
    .map((host, index) => {
      const own = lines.slice(next, next + (rows[index]?.length ?? 0));
      next += own.length;
      return `${[hostHeading(host, colour), ...own, ...evidenceLines(host, colour)].join('\n')}\n\n`;
    })
    .join('');
}

/** What its ports showed, below them. */
function evidenceLines(host: ScanHost, colour: boolean): string[] {
  return evidenceTables(host, { colour, indent: 2 }).map((table) => table.trimEnd());
}

function hostHeading(host: ScanHost, colour: boolean): string {
  const name = host.hostname === null ? '' : ` (${printable(host.hostname)})`;
  const reason = host.reason === null ? '' : ` (${host.reason})`;
  const system = host.os?.name ?? host.os?.family;
  const told = system === undefined || system === null ? '' : `  ${printable(system)}`;
  return `${paint(colour, 'bold', printable(host.ip))}${name}  ${host.status}${reason}${told}`;
}

const STATE_PAINTS: Partial<Record<PortState, Paint>> = { open: 'green', 'open|filtered': 'yellow' };
export function stateCell(state: PortState): Cell {
  return { text: state, paint: STATE_PAINTS[state] ?? 'dim' };
}

function portRow(port: ScanHost['ports'][number]): Row {
  return [`${port.port}/${port.protocol}`, stateCell(port.state), portServiceText(port) ?? '-', port.reason];
}

function countRow(count: ScanHost['other_ports'][number]): Row {
  const ports = counted(count.count, `${count.protocol} port`);
  return [
    ports,
    stateCell(count.state),
    '-',
    count.reason,
    ...(count.ports === undefined ? [] : [count.ports]),
  ];
}

const CSV_HEAD = ['ip', 'hostname', 'host_status', 'protocol', 'port', 'state', 'reason', 'service', 'count'];

/** A line for each listed port, one for each group of others (`count` of them), and one for a host with neither. */
async function writeScanCsv(sink: Sink, _scan: Scan, hosts: HostPages): Promise<void> {
  await sink.write(csvLine(CSV_HEAD));
  for await (const page of hosts) await sink.write(page.map(csvOfHost).join(''));
}

function csvOfHost(host: ScanHost): string {
  const head = [host.ip, host.hostname, host.status];
  const lines = [
    ...host.ports.map((port) => [
      port.protocol,
      port.port,
      port.state,
      port.reason,
      serviceNameText(port),
      1,
    ]),
    ...host.other_ports.map((other) => [
      other.protocol,
      other.ports ?? null,
      other.state,
      other.reason,
      null,
      other.count,
    ]),
  ];
  const all = lines.length === 0 ? [[null, null, null, host.reason, null, null]] : lines;
  return all.map((line) => csvLine([...head, ...line])).join('');
}
