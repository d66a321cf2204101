import { csvLine } from '#cli/output/csv.js';
import { deletionText } from '#cli/output/deletion.js';
import { writeDocumentWithList } from '#cli/output/json.js';
import { type Cell, type Row, renderFacts, renderTable } from '#cli/output/table.js';
import { type Paint, paint, printable } from '#cli/output/text.js';
import { localTime } from '#cli/output/time.js';
import type { Sink } from '#cli/program/io.js';
import { evidenceTables } from '#cli/reports/port-evidence.js';
import { portSummary } from '#cli/reports/port-list.js';
import { scanSummary, workText } from '#cli/reports/scan-summary.js';
import { probingFacts, usedProfileText } from '#cli/reports/setting-facts.js';
import type { Scan, ScanHost } from '#contract/scans/scan.js';
import type { OsScanState } from '#domain/discovery/os-scan.js';
import type { PortState } from '#domain/ports/port-state.js';
import { portServiceText, serviceNameText } from '#domain/ports/service-text.js';
import type { ScanStatus } from '#domain/scans/scan-status.js';
import { isNothingProbed, nothingProbedText } from '#domain/scans/unprobed.js';
import { REMOVED_TEXTS } from '#domain/settings/retention.js';
import { counted, grouped } from '#domain/text/count-text.js';

export const SCAN_OUTPUTS = ['table', 'json', 'csv'] as const;
export type ScanOutput = (typeof SCAN_OUTPUTS)[number];

type HostPages = AsyncIterable<readonly ScanHost[]>;

/** Writes one scan with its results, in the requested form. */
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
  const printed = os === undefined ? {} : { os };
  return { ip, status, reason, hostname, host_id, ...printed, ports, other_ports, ssh_servers, certificates };
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
/** How many warnings the table shows. A network behind one firewall may have hundreds. */
const WARNINGS_SHOWN = 20;

export function scanFacts(scan: Scan, { color, columns }: Sink): string {
  return renderFacts(
    [
      ['Scan', scan.id],
      ...(scan.name === null ? [] : [['Name', scan.name] as const]),
      ['Status', `${statusCell(scan).text}, ${courseText(scan)}`],
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
      ...(scan.idle_seconds === 0 ? [] : [['At work', workText(scan)] as const]),
      ...(scan.partial_reason === null ? [] : [['Partial', scan.partial_reason] as const]),
      ...(scan.deleted_at === null
        ? []
        : [['Deleted', deletionText(scan.deleted_at, scan.deleted_by)] as const]),
      ...(scan.removed.length === 0 ? [] : [['Removed', removedText(scan)] as const]),
      ...(scan.error === null ? [] : [['Error', `${scan.error.message} [${scan.error.code}]`] as const]),
    ],
    color,
  );
}

/** The completed percentage of the plan. If the scan probed nothing, that fact, because a percentage would mislead. */
function courseText(scan: Scan): string {
  return isNothingProbed(scan) ? nothingProbedText(scan) : `${scan.progress.percent.toFixed(1)}% done`;
}

export function tagsText(tags: Scan['tags']): string {
  return tags.length === 0 ? '-' : tags.map(({ name }) => name).join(', ');
}

const OS_SCAN_TEXTS: Readonly<Record<OsScanState, string>> = {
  requested: 'to be detected by a scan of the hosts found',
  started: 'detected by a scan that was purged since',
  no_hosts: 'none: no host was found',
  refused: 'not detected',
};

/** What becomes of the systems of the hosts that a discovery found. */
function osScanText({ state, scan_id: id }: NonNullable<Scan['os_scan']>): string {
  return id === null ? OS_SCAN_TEXTS[state] : `detected by scan ${id}`;
}

/** What it stored and is there no more. */
function removedText({ removed }: Scan): string {
  return removed.map((cause) => REMOVED_TEXTS[cause]).join('; ');
}

async function writeScanTable(sink: Sink, scan: Scan, hosts: HostPages): Promise<void> {
  for await (const page of hosts) {
    if (page.length > 0) await sink.write(hostBlocks(page, sink.color));
  }
  await sink.write(`${[...warningLines(scan), scanSummary(scan)].join('\n')}\n`);
}

/** What is to be known when the results are read, a line each. */
export function warningLines({ warnings = [] }: Scan): string[] {
  const shown = warnings.slice(0, WARNINGS_SHOWN).map(({ message }) => printable(message));
  const more = warnings.length - shown.length;
  return more === 0 ? shown : [...shown, `And ${grouped(more)} more warnings; --json has all of them.`];
}

/** A heading and an indented table for every host, the columns of all hosts aligned. */
function hostBlocks(hosts: readonly ScanHost[], color: boolean): string {
  const rows = hosts.map((host) => [...host.ports.map(portRow), ...host.other_ports.map(countRow)]);
  const lines = renderTable(rows.flat(), { color, indent: 2 }).split('\n');
  let next = 0;
  return hosts
    .map((host, index) => {
      const own = lines.slice(next, next + (rows[index]?.length ?? 0));
      next += own.length;
      return `${[hostHeading(host, color), ...own, ...evidenceLines(host, color)].join('\n')}\n\n`;
    })
    .join('');
}

/** What its ports showed, below them. */
function evidenceLines(host: ScanHost, color: boolean): string[] {
  return evidenceTables(host, { color, indent: 2 }).map((table) => table.trimEnd());
}

function hostHeading(host: ScanHost, color: boolean): string {
  const name = host.hostname === null ? '' : ` (${printable(host.hostname)})`;
  const reason = host.reason === null ? '' : ` (${host.reason})`;
  const system = host.os?.name ?? host.os?.family;
  const printed = system === undefined || system === null ? '' : `  ${printable(system)}`;
  return `${paint(color, 'bold', printable(host.ip))}${name}  ${host.status}${reason}${printed}`;
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
