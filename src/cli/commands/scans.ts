import { withConnection } from '#cli/connection.js';
import { EXIT, type ExitCode } from '#cli/exit.js';
import { writeDocument, writeList } from '#cli/output/json.js';
import { scanDocument, scanFacts, statusCell } from '#cli/output/scan-report.js';
import { type Row, renderTable } from '#cli/output/table.js';
import { grouped } from '#cli/output/text.js';
import { durationBetween, localTime } from '#cli/output/time.js';
import { pagesOf } from '#cli/pages.js';
import {
  parseDetach,
  parseScanView,
  printScan,
  SCAN_VIEW_FLAGS,
  SCAN_WAIT_FLAGS,
  type ScanView,
} from '#cli/scan-view.js';
import { superviseScan } from '#cli/supervise.js';
import { countOf, oneOf, uidOf } from '#cli/values.js';
import { type Context, defineVerb, type VerbInput } from '#cli/verb.js';
import type { Client } from '#contract/client.js';
import type { Scan } from '#contract/scan.js';
import { isSettled, SCAN_STATUSES, type ScanStatus } from '#domain/scan-status.js';

/** Enough to see what went on lately; `--limit` asks for more. */
export const SCANS_SHOWN = 50;
const TARGETS_SHOWN = 3;
const ID_ARGUMENT = [{ name: 'id', help: 'the id of the scan', required: true }] as const;

export interface ListScansPlan {
  readonly status: ScanStatus | undefined;
  readonly limit: number | undefined;
}

export function parseListScans({ flags }: VerbInput): ListScansPlan {
  return {
    status: oneOf('status', flags.text('status'), SCAN_STATUSES),
    limit: countOf('limit', flags.text('limit')),
  };
}

export function runListScans(plan: ListScansPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withConnection(context, async ({ client }) => {
    if (globals.json !== 'off') {
      await writeList(io.stdout, documents(scanPages(client, plan)), globals.json);
      return EXIT.done;
    }
    const rows: Row[] = [];
    for await (const page of scanPages(client, { ...plan, limit: plan.limit ?? SCANS_SHOWN }))
      rows.push(...page.map(scanRow));
    const table = renderTable(rows, { colour: io.stdout.colour, heads: SCAN_HEADS, right: [3, 4] });
    await io.stdout.write(table === '' ? 'No scans.\n' : table);
    return EXIT.done;
  });
}

function scanPages(client: Client, plan: ListScansPlan): AsyncGenerator<readonly Scan[]> {
  const filter = plan.status === undefined ? {} : { status: plan.status };
  return pagesOf({
    limit: plan.limit,
    keyOf: (scan) => scan.id,
    load: (query) => client.scans({ ...query, ...filter }),
  });
}

async function* documents(pages: AsyncIterable<readonly Scan[]>) {
  for await (const page of pages) yield page.map(scanDocument);
}

const SCAN_HEADS = ['ID', 'STATUS', 'TARGETS', 'HOSTS', 'OPEN', 'CREATED', 'TOOK'];
function scanRow(scan: Scan): Row {
  const more = scan.targets.length - TARGETS_SHOWN;
  return [
    scan.id,
    statusCell(scan),
    `${scan.targets.slice(0, TARGETS_SHOWN).join(' ')}${more > 0 ? ` +${more}` : ''}`,
    grouped(scan.hosts_up),
    grouped(scan.open_ports),
    localTime(scan.created_at),
    durationBetween(scan.started_at, scan.completed_at),
  ];
}

export interface ShowScanPlan {
  readonly id: string;
  readonly view: ScanView;
}

export function parseShowScan(input: VerbInput): ShowScanPlan {
  return { id: parseScanId(input), view: parseScanView(input) };
}

function parseScanId({ words }: VerbInput): string {
  return uidOf('a scan', words[0] ?? '', 'scans list');
}

export function runShowScan({ id, view }: ShowScanPlan, context: Context): Promise<ExitCode> {
  const { stdout } = context.io;
  return withConnection(context, async ({ client }) => {
    const scan = await client.scan(id);
    if (view.output === 'table') await stdout.write(`${scanFacts(scan, stdout.colour)}\n`);
    await printScan(context, client, { scan, view });
    return EXIT.done;
  });
}

export function runStopScan(id: string, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withConnection(context, async ({ client }) => {
    const scan = await client.stopScan(id);
    if (globals.json === 'off') {
      const how = isSettled(scan.status) ? `is ${scan.status}` : 'is being stopped';
      await io.stdout.write(`Scan ${scan.id} ${how}; what it saw is kept.\n`);
    } else await writeDocument(io.stdout, scanDocument(scan));
    return EXIT.done;
  });
}

export interface ResumeScanPlan extends ShowScanPlan {
  readonly detach: boolean;
}

export function parseResumeScan(input: VerbInput): ResumeScanPlan {
  return { ...parseShowScan(input), detach: parseDetach(input) };
}

export function runResumeScan(plan: ResumeScanPlan, context: Context): Promise<ExitCode> {
  return withConnection(context, (connection) =>
    superviseScan({ ...plan, context, connection, begin: () => connection.client.resumeScan(plan.id) }),
  );
}

const EXAMPLE_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';

export const scansVerbs = [
  defineVerb<ListScansPlan>({
    path: ['scans', 'list'],
    summary: 'list scans, the newest first',
    flags: [
      {
        flags: '--status <status>',
        help: `only those that are ${SCAN_STATUSES.join(', ')}`,
        choices: SCAN_STATUSES,
      },
      {
        flags: '-n, --limit <count>',
        help: `at most so many; ${SCANS_SHOWN} when absent, and all with --json`,
      },
    ],
    examples: [
      ['scans list', `the last ${SCANS_SHOWN} scans`],
      ['scans list --status running --json', 'what is running now, as JSON'],
    ],
    json: 'stream',
    place: 'any',
    parse: parseListScans,
    run: runListScans,
  }),
  defineVerb<ShowScanPlan>({
    path: ['scans', 'show'],
    summary: 'show one scan and what it saw',
    arguments: ID_ARGUMENT,
    flags: SCAN_VIEW_FLAGS,
    examples: [[`scans show ${EXAMPLE_ID}`, 'its state, hosts and open ports']],
    json: 'document',
    place: 'any',
    parse: parseShowScan,
    run: runShowScan,
  }),
  defineVerb<string>({
    path: ['scans', 'stop'],
    summary: 'stop a scan; what it saw is kept',
    arguments: ID_ARGUMENT,
    examples: [[`scans stop ${EXAMPLE_ID}`, 'it sends no more packets']],
    json: 'document',
    place: 'any',
    parse: parseScanId,
    run: runStopScan,
  }),
  defineVerb<ResumeScanPlan>({
    path: ['scans', 'resume'],
    summary: 'go on with a scan that was stopped or that failed',
    arguments: ID_ARGUMENT,
    flags: [...SCAN_WAIT_FLAGS, ...SCAN_VIEW_FLAGS],
    examples: [[`scans resume ${EXAMPLE_ID}`, 'from where it was, to its end']],
    json: 'document',
    place: 'any',
    parse: parseResumeScan,
    run: runResumeScan,
  }),
];
