import {
  changeBlock,
  isDifferent,
  notComparableText,
  scanCountsText,
  unreportedText,
} from '#cli/diff/diff-report.js';
import { csvLine } from '#cli/output/csv.js';
import { writeDocumentWithList } from '#cli/output/json.js';
import { type Row, renderTable } from '#cli/output/table.js';
import type { Sink } from '#cli/program/io.js';
import { type Calling, spokenAs } from '#cli/program/program-name.js';
import { type ScanOutput, scanDocument, warningLines } from '#cli/reports/scan-report.js';
import { sentText, tookText, unfinishedText } from '#cli/reports/scan-summary.js';
import type { Discovered } from '#contract/discovery/discovery.js';
import type { ScanDiff } from '#contract/scans/diff.js';
import type { Scan } from '#contract/scans/scan.js';
import { probingMethods } from '#domain/discovery/discovery-method.js';
import { isCutShort, isNothingProbed, isOfNamesAlone, nothingProbedText } from '#domain/scans/unprobed.js';
import { NAMES_LACK, STATUS_CHANGE_WARNING_KINDS } from '#domain/scans/warning.js';
import { counted, grouped } from '#domain/text/count-text.js';

/** What a discovery run found, and what is different from the last comparable run; undefined when there was none. */
export interface DiscoveryParts {
  readonly pages: AsyncIterable<readonly Discovered[]>;
  readonly diff: ScanDiff | undefined;
  readonly calling: Calling;
  /** The scan for the systems of the hosts found, as JSON shows it. */
  readonly systems?: unknown;
}

/** Writes one discovery run with its results, in the requested form. */
export const DISCOVERY_WRITERS: Readonly<
  Record<ScanOutput, (sink: Sink, run: Scan, parts: DiscoveryParts) => Promise<void>>
> = { table: writeTable, json: writeJson, csv: writeCsv };

const HEADS = ['ADDRESS', 'STATUS', 'REASON', 'TIME', 'MAC', 'NAME'] as const;
const TIME_COLUMN = HEADS.indexOf('TIME');

async function writeTable(sink: Sink, run: Scan, { pages, diff, calling }: DiscoveryParts): Promise<void> {
  for await (const page of pages) {
    const table = renderTable(page.map(foundRow), {
      color: sink.color,
      heads: HEADS,
      right: [TIME_COLUMN],
    });
    if (table !== '') await sink.write(`${table}\n`);
  }
  const lines = [...warningLines(run), discoverySummary(run)];
  await sink.write(`${lines.join('\n')}\n`);
  if (diff !== undefined) await sink.write(changesText(run, diff, { color: sink.color, calling }));
}

function foundRow({ ip, status, reason, round_trip_us, mac, hostname }: Discovered): Row {
  return [
    ip,
    { text: reason === null ? 'name alone' : status, paint: reason === null ? 'dim' : 'green' },
    reason ?? '-',
    roundTripText(round_trip_us),
    mac ?? '-',
    hostname ?? '-',
  ];
}

/** `0.123 ms`: a host on the same link answers in less than one. */
function roundTripText(microseconds: number | null): string {
  return microseconds === null ? '-' : `${(microseconds / 1_000).toFixed(3)} ms`;
}

/** One sentence on how it went. */
export function discoverySummary(run: Scan): string {
  const partial = run.partial ? ' (partial)' : '';
  const head = `Discovery ${run.id} ${run.status}${partial}${tookText(run)}:`;
  const sent = sentText(run, 'packet');
  const unnamed = lacksNames(run) ? ' Not all names were found out.' : '';
  if (isOfNamesAlone(run.methods))
    return `${head} no host was probed, only a resolver was queried for names, ${sent}.${unnamed}`;
  if (isNothingProbed(run)) return `${head} ${nothingProbedText(run)}.`;
  const { completed, skipped } = run.progress;
  const probed = counted(completed - skipped, 'address');
  const are = skipped === 1 ? 'is' : 'are';
  const rest = skipped === 0 ? '' : ` ${grouped(skipped)} could not be probed or ${are} excluded.`;
  const left = isCutShort(run) ? ` It did not finish: ${unfinishedText(run, 'address')}.` : '';
  const how = probingMethods(run.methods ?? [], run.targets).join(', ');
  return `${head} ${counted(run.hosts_up, 'host')} up of ${probed} probed by ${how}, ${sent}.${left}${rest}${unnamed}`;
}

/** Whether names are missing. The reasons are listed above as warnings. */
function lacksNames({ warnings = [] }: Scan): boolean {
  return warnings.some(({ kind, subject }) => kind === 'not-probed' && subject.startsWith(NAMES_LACK));
}

function changesText(
  run: Scan,
  diff: ScanDiff,
  { color, calling }: { readonly color: boolean; readonly calling: Calling },
): string {
  const alone = notComparableText(diff);
  if (!isDifferent(diff)) return `${unchangedText(run, diff, alone)}${alone}`;
  const more = diff.pagination.total_items - diff.data.length;
  const all = spokenAs(calling, `\`scanorama scans diff ${diff.scan.id}\` has them all`);
  const rest = more === 0 ? '' : `And ${grouped(more)} more; ${all}.\n`;
  return `\nSince run ${diff.base.id}: ${scanCountsText(diff)}.\n${unreportedText(diff)}${alone}${changeBlock(diff.data, color)}${rest}`;
}

/** Hosts that this run set to down or gone are listed above, although they did not respond to the last run either. */
function unchangedText({ warnings = [] }: Scan, { base }: ScanDiff, alone: string): string {
  const isTurning = warnings.some(({ kind }) => STATUS_CHANGE_WARNING_KINDS.some((turn) => turn === kind));
  const what = isTurning ? 'Nothing else' : 'Nothing';
  const where = alone === '' ? '' : ' in what both probed';
  return `${what} changed${where} since run ${base.id}.\n`;
}

async function writeJson(sink: Sink, run: Scan, { pages, diff, systems }: DiscoveryParts): Promise<void> {
  const changed = diff === undefined ? [] : diff.data;
  const document = { ...scanDocument(run), changed, ...(systems === undefined ? {} : { systems }) };
  await writeDocumentWithList(sink, document, { name: 'hosts', pages });
}

const CSV_HEAD = ['ip', 'status', 'reason', 'round_trip_us', 'mac', 'hostname'];

async function writeCsv(sink: Sink, _run: Scan, { pages }: DiscoveryParts): Promise<void> {
  await sink.write(csvLine(CSV_HEAD));
  for await (const page of pages) {
    const lines = page.map((one) =>
      csvLine([one.ip, one.status, one.reason, one.round_trip_us, one.mac, one.hostname]),
    );
    await sink.write(lines.join(''));
  }
}
