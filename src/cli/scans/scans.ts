import { countOf } from '#cli/arguments/flag-parsers.js';
import { ID_BEGINNING } from '#cli/arguments/id-arguments.js';
import { pagesOf } from '#cli/arguments/pages.js';
import { note } from '#cli/arguments/print-notice.js';
import { type HostName, hostArgumentOf, hostReference } from '#cli/hosts/host-arguments.js';
import { deletionText } from '#cli/output/deletion.js';
import { writeDocument, writeList } from '#cli/output/json.js';
import { type Cell, renderTable } from '#cli/output/table.js';
import { localTime } from '#cli/output/time.js';
import { type CommandInput, type Context, defineCommand } from '#cli/program/command.js';
import { withStored } from '#cli/program/connection.js';
import { EXIT, type ExitCode } from '#cli/program/exit.js';
import { scanDocument, scanFacts, statusCell, tagsText } from '#cli/reports/scan-report.js';
import { workText } from '#cli/reports/scan-summary.js';
import { superviseScan } from '#cli/scans/follow-scan.js';
import { scanArgumentOf, scanIdOf } from '#cli/scans/scan-arguments.js';
import {
  parseScanFilter,
  SCAN_FILTER_FLAGS,
  scanFilterOf,
  type TypedScanFilter,
} from '#cli/scans/scan-filter-flags.js';
import {
  parseDetach,
  parseScanView,
  printScan,
  SCAN_VIEW_FLAGS,
  SCAN_WAIT_FLAGS,
  type ScanView,
} from '#cli/scans/scan-view.js';
import type { Client } from '#contract/api/client.js';
import type { Scan } from '#contract/scans/scan.js';
import { countPorts } from '#domain/ports/port-text.js';
import { isEnded } from '#domain/scans/scan-status.js';
import { DEFAULT_SITE } from '#domain/targets/site-name.js';
import { grouped } from '#domain/text/count-text.js';

/** Enough for recent activity. `--limit` shows more. */
export const SCANS_SHOWN = 50;
const TARGETS_SHOWN = 3;
/** Characters of a name in the list; `scans show` has all of them. */
const NAME_SHOWN = 24;
const ID_ARGUMENT = [
  { name: 'id', help: `the id of the scan, ${ID_BEGINNING}, or last`, required: true },
] as const;

export interface ListScansPlan {
  readonly filter: TypedScanFilter;
  /** The id or the address of a host that the scans probed. */
  readonly host: HostName | undefined;
  readonly deleted: boolean;
  readonly limit: number | undefined;
}

export function parseListScans({ flags }: CommandInput): ListScansPlan {
  const host = flags.text('host');
  return {
    host: host === undefined ? undefined : hostArgumentOf(host, flags.text('site')),
    filter: parseScanFilter(flags),
    deleted: flags.on('deleted'),
    limit: countOf('limit', flags.text('limit')),
  };
}

export function runListScans(plan: ListScansPlan, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const probing = { client, nowMs: io.clock.now() };
    if (globals.json !== 'off') {
      await writeList(io.stdout, documents(scanPages(probing, plan)), globals.json);
      return EXIT.done;
    }
    const scans: Scan[] = [];
    for await (const page of scanPages(probing, { ...plan, limit: plan.limit ?? SCANS_SHOWN }))
      scans.push(...page);
    const columns = plan.deleted ? [...SCAN_COLUMNS, DELETED_COLUMN] : SCAN_COLUMNS;
    const table = scanTable(scans, columns, io.stdout.color);
    const none = plan.deleted ? 'No deleted scans.\n' : 'No scans.\n';
    await io.stdout.write(table === '' ? none : table);
    if (plan.filter.kind === undefined) await noteDiscoveries(probing, plan, context);
    return EXIT.done;
  });
}

/** That a list leaves discovery runs out, where there are any that it would show. */
async function noteDiscoveries(probing: Probing, plan: ListScansPlan, context: Context): Promise<void> {
  const kind = 'discovery';
  for await (const [run] of scanPages(probing, { ...plan, filter: { ...plan.filter, kind }, limit: 1 })) {
    if (run === undefined) continue;
    await note(context, 'Discovery runs are not listed; `scanorama scans list --kind all` has them too.');
    return;
  }
}

interface Probing {
  readonly client: Client;
  readonly nowMs: number;
}

function scanPages({ client, nowMs }: Probing, plan: ListScansPlan): AsyncGenerator<readonly Scan[]> {
  const filter = {
    ...scanFilterOf(plan.filter, nowMs),
    ...(plan.deleted ? { deleted: 'true' } : {}),
  };
  return pagesOf({
    limit: plan.limit,
    keyOf: (scan) => scan.id,
    load: async (query) =>
      plan.host === undefined
        ? client.scans({ ...query, ...filter })
        : client.hostScans(await hostReference(client, plan.host), { ...query, ...filter }),
  });
}

async function* documents(pages: AsyncIterable<readonly Scan[]>) {
  for await (const page of pages) yield page.map(scanDocument);
}

interface Column {
  readonly head: string;
  readonly right?: true;
  cell(scan: Scan): string | Cell;
}

const NAME_COLUMN: Column = { head: 'NAME', cell: ({ name }) => shortName(name) };
const SCHEDULE_COLUMN: Column = {
  head: 'SCHEDULE',
  cell: ({ schedule }) => shortName(schedule?.name ?? null),
};
const TAGS_COLUMN: Column = { head: 'TAGS', cell: ({ tags }) => shortName(tagsText(tags)) };
const SITE_COLUMN: Column = { head: 'SITE', cell: ({ site }) => site };
const SCAN_COLUMNS: readonly Column[] = [
  { head: 'ID', cell: ({ id }) => id },
  NAME_COLUMN,
  { head: 'STATUS', cell: statusCell },
  TAGS_COLUMN,
  SCHEDULE_COLUMN,
  { head: 'TYPE', cell: ({ scan_type }) => scan_type },
  { head: 'ENGINE', cell: ({ engine }) => engine },
  { head: 'TARGETS', cell: firstTargets },
  SITE_COLUMN,
  { head: 'PORTS', right: true, cell: ({ ports }) => portCount(ports) },
  { head: 'HOSTS', right: true, cell: ({ hosts_up }) => grouped(hosts_up) },
  { head: 'OPEN', right: true, cell: ({ open_ports }) => grouped(open_ports) },
  { head: 'CREATED', cell: ({ created_at }) => localTime(created_at) },
  { head: 'TOOK', cell: workText },
];

const DELETED_COLUMN: Column = {
  head: 'DELETED',
  cell: ({ deleted_at, deleted_by }) => deletionText(deleted_at, deleted_by),
};

/** With the names, schedules, tags and sites, when any of the scans has one: a site beside the one that there always is. */
function scanTable(scans: readonly Scan[], all: readonly Column[], color: boolean): string {
  const idle = new Set([
    ...(scans.some(({ name }) => name !== null) ? [] : [NAME_COLUMN]),
    ...(scans.some(({ schedule }) => schedule !== null) ? [] : [SCHEDULE_COLUMN]),
    ...(scans.some(({ tags }) => tags.length > 0) ? [] : [TAGS_COLUMN]),
    ...(scans.some(({ site }) => site !== DEFAULT_SITE) ? [] : [SITE_COLUMN]),
  ]);
  const columns = all.filter((column) => !idle.has(column));
  return renderTable(
    scans.map((scan) => columns.map((column) => column.cell(scan))),
    {
      color,
      heads: columns.map(({ head }) => head),
      right: [...columns.keys()].filter((index) => columns[index]?.right === true),
    },
  );
}

function portCount(ports: string): string {
  const count = countPorts(ports);
  return count === undefined ? '-' : grouped(count);
}

function shortName(name: string | null): string {
  const characters = Array.from(name ?? '-');
  return characters.length > NAME_SHOWN
    ? `${characters.slice(0, NAME_SHOWN - 1).join('')}…`
    : characters.join('');
}

function firstTargets({ targets }: Scan): string {
  const more = targets.length - TARGETS_SHOWN;
  return `${targets.slice(0, TARGETS_SHOWN).join(' ')}${more > 0 ? ` +${more}` : ''}`;
}

export interface ShowScanPlan {
  readonly id: string;
  readonly view: ScanView;
}

export function parseShowScan(input: CommandInput): ShowScanPlan {
  return { id: parseScanId(input), view: parseScanView(input) };
}

function parseScanId({ args }: CommandInput): string {
  return scanArgumentOf(args[0] ?? '');
}

export function runShowScan({ id, view }: ShowScanPlan, context: Context): Promise<ExitCode> {
  const { stdout } = context.io;
  return withStored(context, async ({ client }) => {
    const scan = await client.scan(await scanIdOf(client, id));
    if (view.output === 'table') await stdout.write(`${scanFacts(scan, stdout)}\n`);
    await printScan(context, client, { scan, view });
    return EXIT.done;
  });
}

export function runStopScan(id: string, context: Context): Promise<ExitCode> {
  const { globals, io } = context;
  return withStored(context, async ({ client }) => {
    const scan = await client.stopScan(await scanIdOf(client, id));
    if (globals.json === 'off') {
      const how = isEnded(scan.status) ? `is ${scan.status}` : 'is being stopped';
      await io.stdout.write(`Scan ${scan.id} ${how}; what it saw is kept.\n`);
    } else await writeDocument(io.stdout, scanDocument(scan));
    return EXIT.done;
  });
}

export interface ResumeScanPlan extends ShowScanPlan {
  readonly detach: boolean;
}

export function parseResumeScan(input: CommandInput): ResumeScanPlan {
  return { ...parseShowScan(input), detach: parseDetach(input) };
}

export function runResumeScan(plan: ResumeScanPlan, context: Context): Promise<ExitCode> {
  return withStored(context, (connection) =>
    superviseScan({
      ...plan,
      context,
      connection,
      begin: async () => {
        const { client } = connection;
        return client.resumeScan(await scanIdOf(client, plan.id));
      },
    }),
  );
}

const EXAMPLE_ID = '01938f6e-7d2a-7c31-9b60-3f1d5a8c2e47';

export const scansCommands = [
  defineCommand<ListScansPlan>({
    path: ['scans', 'list'],
    summary: 'list scans, the newest first',
    flags: [
      ...SCAN_FILTER_FLAGS,
      { flags: '--host <host>', help: 'scans that probed this host, given by id or address' },
      { flags: '--deleted', help: 'deleted ones instead of the others' },
      {
        flags: '-n, --limit <count>',
        help: `maximum number (default: ${SCANS_SHOWN}, with --json all)`,
      },
    ],
    examples: [
      ['scans list', `the last ${SCANS_SHOWN} scans`],
      ['scans list --status running --json', 'what is running now, as JSON'],
      ['scans list --tag nightly', 'those with a tag; `scan --tag` and `scans tag` give it'],
      ['scans list --site north', 'those at one site'],
      ['scans list --host 198.18.0.9 --kind all', 'every scan that probed that host'],
    ],
    json: 'stream',
    place: 'any',
    parse: parseListScans,
    run: runListScans,
  }),
  defineCommand<ShowScanPlan>({
    path: ['scans', 'show'],
    summary: 'show a scan and its results',
    arguments: ID_ARGUMENT,
    flags: SCAN_VIEW_FLAGS,
    examples: [
      [`scans show ${EXAMPLE_ID}`, 'its state, hosts and open ports'],
      ['scans show last', 'of the scan that was started last'],
    ],
    json: 'document',
    place: 'any',
    parse: parseShowScan,
    run: runShowScan,
  }),
  defineCommand<string>({
    path: ['scans', 'stop'],
    summary: 'stop a scan and keep its results',
    arguments: ID_ARGUMENT,
    examples: [[`scans stop ${EXAMPLE_ID}`, 'it sends no more packets']],
    json: 'document',
    place: 'any',
    parse: parseScanId,
    run: runStopScan,
  }),
  defineCommand<ResumeScanPlan>({
    path: ['scans', 'resume'],
    summary: 'resume a scan that was stopped or failed',
    arguments: ID_ARGUMENT,
    flags: [...SCAN_WAIT_FLAGS, ...SCAN_VIEW_FLAGS],
    examples: [[`scans resume ${EXAMPLE_ID}`, 'from where it was, to its end']],
    json: 'document',
    place: 'any',
    parse: parseResumeScan,
    run: runResumeScan,
  }),
];
